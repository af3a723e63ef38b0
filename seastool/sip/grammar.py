"""How the SIP parsers of the real proxies differ, as named options."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Grammar:
    """One SIP parser's habits; the defaults are those of the oldest (OpenSER 1.2)."""

    quoted_values_keep_quotes: bool = False


OPENSER_1_2 = Grammar()
OPENSER_1_3 = OPENSER_1_2
OPENSIPS_1_6 = OPENSER_1_3
OPENSIPS_1_7 = OPENSIPS_1_6
OPENSIPS_1_8 = OPENSIPS_1_7
OPENSIPS_1_8_1 = OPENSIPS_1_8
KAMAILIO_3_1 = replace(OPENSER_1_2, quoted_values_keep_quotes=True)
KAMAILIO_4_0 = KAMAILIO_3_1
KAMAILIO_4_4 = KAMAILIO_4_0
KAMAILIO_5_6 = KAMAILIO_4_4
KAMAILIO_5_8 = KAMAILIO_5_6
