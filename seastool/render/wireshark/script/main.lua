-- The protocol: preferences, units cut from the TCP stream, columns, and who gets the SIP text.

local seas = Proto("seas", "SEAS (SIP Express Application Server)")

local TYPES = {
  none = ProtoField.none, string = ProtoField.string, bytes = ProtoField.bytes,
  ipv4 = ProtoField.ipv4, ipv6 = ProtoField.ipv6, boolean = ProtoField.bool,
  uint8 = ProtoField.uint8, uint16 = ProtoField.uint16, uint32 = ProtoField.uint32,
  int32 = ProtoField.int32,
}
do
  local all = {}
  for _, f in ipairs(filters) do
    local title = f.name:match("([^.]+)$")
    local display = f.type:find("int") and (f.hex and base.HEX or base.DEC) or nil
    local made
    if display then
      made = TYPES[f.type](f.name, title, display, nil, nil, f.doc)
    elseif f.type == "string" or f.type == "bytes" then
      made = TYPES[f.type](f.name, title, nil, f.doc)
    elseif f.type == "boolean" then
      made = ProtoField.bool(f.name, title, base.NONE, nil, nil, f.doc)
    else
      made = TYPES[f.type](f.name, title, f.doc)
    end
    fields[f.name] = made
    all[#all + 1] = made
  end
  seas.fields = all
end

local function new_expert(name, told, group, severity)
  experts[name] = ProtoExpert.new("seas.expert." .. name, told, group, severity)
end
new_expert("undecoded", "Does not fit its declaration", expert.group.MALFORMED, expert.severity.ERROR)
new_expert("place", "A part lies outside or over another", expert.group.MALFORMED, expert.severity.ERROR)
new_expert("unaccounted", "Bytes that nothing accounts for", expert.group.MALFORMED, expert.severity.WARN)
new_expert("outside", "Points outside the SIP text", expert.group.MALFORMED, expert.severity.WARN)
new_expert("unknown_type", "Unknown type of frame", expert.group.UNDECODED, expert.severity.WARN)
new_expert("skipped", "Bytes that belong to no unit", expert.group.MALFORMED, expert.severity.ERROR)
new_expert("sip", "The dissector for SIP or for a body gave up", expert.group.UNDECODED, expert.severity.WARN)
seas.experts = {
  experts.undecoded, experts.place, experts.unaccounted, experts.outside, experts.unknown_type,
  experts.skipped, experts.sip,
}

do
  local choices = {{1, "detect", 0}}
  for i, dialect in ipairs(dialects) do choices[i + 1] = {i + 1, dialect.name, i} end
  local ports = seas.prefs
  ports.event_ports = Pref.range("Event ports", constants.EVENT_PORTS, "TCP ports of event sockets", 65535)
  ports.action_ports = Pref.range("Action ports", constants.ACTION_PORTS, "TCP ports of action sockets", 65535)
  ports.dialect = Pref.enum(
    "Dialect", constants.DIALECT, "Whose numbers and layout; named after its first version", choices, false)
  ports.sip = Pref.bool("Dissect the SIP text", true, "Give the SIP text to the dissector for SIP")
end

local sip = Dissector.get("sip")
local port_sets = {}
local registered = {}

-- "5080,6000-6003" as a set.
local function ports_of(written)
  local set = {}
  for first, last in written:gmatch("(%d+)%-?(%d*)") do
    for port = tonumber(first), tonumber(last) or tonumber(first) do set[port] = true end
  end
  return set
end

local function register()
  local ports = DissectorTable.get("tcp.port")
  for port in pairs(registered) do ports:remove(port, seas) end
  port_sets = {event = ports_of(seas.prefs.event_ports), action = ports_of(seas.prefs.action_ports)}
  registered = {}
  for _, set in pairs(port_sets) do
    for port in pairs(set) do
      registered[port] = true
      ports:add(port, seas)
    end
  end
end

seas.prefs_changed = register
seas.init = streams.clear

local function dialect_for(stream)
  local chosen = seas.prefs.dialect
  return chosen > 0 and dialects[chosen] or stream.detected.left[1]
end

local function node_showing(unit, shows)
  for _, node in ipairs(unit.tree and unit.tree.children or {}) do
    if node.field.shows == shows and node.first < node.stop then return node end
  end
end

-- Reads a whole unit: adds tree, name (of its structure), text, opened and dialect to it.
local function read_unit(unit, stream)
  local side = unit.socket and sides[unit.socket][unit.direction]
  local order, struct = "", structures[unit.structure]
  if side then
    unit.type = unit.data:byte(5)
    if unit.direction == "as->openser" then detecting.action(stream.detected, unit.data, unit.socket) end
    order = dialect_for(stream).layout == "A" and "A" or ""
    struct = side.frames[unit.type] or side.unknown
  end
  unit.tree, unit.fault = reading.trace(struct, unit.data, 0, unit.size, order, {})
  unit.name = names[struct]
  if unit.kind == "name" and not unit.fault then streams.named(stream, unit.data:sub(2)) end
  unit.text = {0, 0}
  local encoded, plain = node_showing(unit, "message"), node_showing(unit, "sip")
  if encoded then detecting.message(stream.detected, unit.data, encoded.first) end
  unit.dialect = dialect_for(stream)
  if encoded then
    unit.opened = message.open(unit.data, encoded.first, unit.dialect)
    unit.text = unit.opened.text
  elseif plain then
    unit.text = {plain.first, plain.stop}
  end
end

local function show_told(tree, unit, told)
  local made = showing.made
  made(tree, "seas.unit", unit.kind)
  if unit.side.socket then made(tree, "seas.socket", unit.side.socket) end
  if unit.side.direction then made(tree, "seas.direction", unit.side.direction) end
  made(tree, "seas.dialect", unit.dialect.name)
  if told.method ~= "" then
    made(tree, "seas.sip.method", told.method)
    made(tree, "seas.sip.uri", told.subject)
  elseif told.status > 0 then
    made(tree, "seas.sip.status", told.status)
    made(tree, "seas.sip.reason", told.subject)
  else
    return
  end
  made(tree, "seas.sip.call_id", told.call_id)
end

local function pass_sip(unit, pinfo, root, tree)
  local first, stop = unit.text[1], unit.text[2]
  if first >= stop or not seas.prefs.sip or not sip then return end
  local done, wrong = pcall(sip.call, sip, unit.tvb:range(first, stop - first):tvb(), pinfo, root)
  if not done then
    local told = "the SIP message or its body: " .. tostring(wrong):gsub("^Dissector_call: ", "")
    tree:add_tvb_expert_info(experts.sip, unit.tvb:range(first, stop - first), told)
  end
end

-- The info column has a text for each unit of the packet; what the dissector for SIP writes there,
-- and fences, goes.
local function show_columns(pinfo, line)
  local told = pinfo.private.seas
  told = told and told .. " | " .. line or line
  pinfo.private.seas = told
  pinfo.cols.protocol = "SEAS"
  pinfo.cols.info:clear_fence()
  pinfo.cols.info:set(told)
  pinfo.cols.info:fence()
end

local function told_of(unit)
  if not unit.tree then
    local subject = "does not decode: " .. unit.fault.message
    return {method = "", status = 0, subject = subject, call_id = "", note = ""}
  end
  local first, stop = unit.text[1], unit.text[2]
  local sip_text = first < stop and unit.data:sub(first + 1, stop) or nil
  return facts.of(unit.tree, unit.name, unit.opened, sip_text, unit.dialect, unit.side.socket)
end

local function show_unit(unit, stream, pinfo, root)
  read_unit(unit, stream)
  local told = told_of(unit)
  local named = unit.kind:gsub("_", " ")
  if unit.type then
    local side = sides[unit.socket][unit.direction]
    named = side.names[unit.type] or "type " .. unit.type
  end
  local tree = root:add(seas, unit.tvb:range(0, unit.size))
  tree:set_text("SEAS " .. named .. ", " .. unit.size .. " bytes")
  if unit.type and not sides[unit.socket][unit.direction].frames[unit.type] then
    tree:add_proto_expert_info(experts.unknown_type, named .. " is not known on this socket")
  end
  show_told(tree, unit, told)
  showing.unit(unit, tree)
  pass_sip(unit, pinfo, root, tree)
  show_columns(pinfo, facts.line(named, told))
end

local function show_skipped(tvb, at, count, pinfo, root, why)
  local tree = root:add(seas, tvb:range(at, count))
  tree:set_text("SEAS, " .. count .. " bytes skipped")
  tree:add(fields["seas.skipped"], tvb:range(at, count))
  tree:add_proto_expert_info(experts.skipped, why)
  show_columns(pinfo, count .. " bytes skipped: " .. why)
end

local MORE = -1 -- an unknown number of bytes is missing

-- The unit at `at`: its kind and size, how many bytes of it are missing, or why there is none.
local function unit_at(data, at, side, begun)
  local first = data:byte(at + 1)
  local struct, kind
  if first > 0 and not begun then
    if first <= constants.MAX_NAME and side.direction ~= "openser->as" then
      struct, kind = structures.Name, "name"
    elseif first == constants.SOCKET_INFO_MARK and side.direction ~= "as->openser" and side.socket ~= "action" then
      struct, kind = structures.SocketInfo, "socket_info"
    end
  end
  if kind then
    local unit = reading.walk(struct, data, at, #data, "", {})
    if unit then return kind, unit.stop - at end
    return kind, nil, MORE
  end
  local length = streams.u32(data, at)
  if not length then
    if first > 0 then return nil, nil, nil, "no unit begins so" end
    return "frame", nil, MORE
  end
  if not streams.in_step(data, at, length, side) then
    return nil, nil, nil, "a frame of " .. length .. " bytes is not plausible here"
  end
  if at + length > #data then return "frame", nil, at + length - #data end
  return "frame", length
end

-- Frames of a connection whose ends are not known are taken for events, as seastool does.
local function new_unit(tvb, data, at, kind, size, side)
  local unit = {
    kind = kind, size = size, data = data:sub(at + 1, at + size), side = side,
    tvb = tvb:range(at, size):tvb(), place = "seas",
  }
  if kind == "frame" then
    unit.socket, unit.direction = side.socket or "event", side.direction or "openser->as"
  else
    unit.structure = kind == "name" and "Name" or "SocketInfo"
    unit.place = kind == "name" and "seas" or "seas.socket_info"
  end
  return unit
end

-- Whether units of this direction have passed before: only its first may be a name or socket info.
local function has_begun(begun, pinfo, at)
  return begun and (pinfo.number > begun[1] or (pinfo.number == begun[1] and at > begun[2]))
end

function seas.dissector(tvb, pinfo, root)
  local data = tvb:raw()
  local stream = streams.of(pinfo)
  local at = 0
  while at < #data do
    local side = streams.side(stream, pinfo, port_sets, data, at)
    local sender = side.direction or ""
    local begun = has_begun(stream.begun[sender], pinfo, at)
    local kind, size, missing, why = unit_at(data, at, side, begun)
    if missing and pinfo.can_desegment > 0 and tvb:reported_len() == #data then
      pinfo.desegment_offset = at
      pinfo.desegment_len = missing == MORE and DESEGMENT_ONE_MORE_SEGMENT or missing
      return
    end
    if not begun then stream.begun[sender] = {pinfo.number, at} end
    if size then
      show_unit(new_unit(tvb, data, at, kind, size, side), stream, pinfo, root)
      at = at + size
    else
      local stop = why and streams.next_frame(data, at + 1, side) or #data
      show_skipped(tvb, at, stop - at, pinfo, root, why or "the rest of it is not there")
      at = stop
    end
  end
end

-- Knows SEAS on other ports by socket info or by a frame; a name alone proves nothing.
local function heuristic(tvb, pinfo, root)
  if tvb:len() < 9 then return false end
  local data = tvb:raw()
  local first = data:byte(1)
  if first ~= 0 and first ~= constants.SOCKET_INFO_MARK then return false end
  if not (first == 0 and streams.sniff(data, 0) or first > 0 and streams.is_socket_info(data)) then
    return false
  end
  pinfo.conversation = seas
  seas.dissector(tvb, pinfo, root)
  return true
end

seas:register_heuristic("tcp", heuristic)
DissectorTable.get("tcp.port"):add_for_decode_as(seas)
register()
