-- What one line says of a unit: transaction, uac id, SIP, Call-ID.

local facts = {}
local ON_EITHER_SOCKET = {Name = true, UnknownEvent = true, UnknownAction = true}

local function has(unit, flag)
  for _, node in ipairs(unit.children) do
    if node.name == "flags" then
      for _, bit in ipairs(node.field.bits or {}) do
        if bit.name == flag then return node.value % (2 * bit.bit) >= bit.bit end
      end
    end
  end
  return false
end

local notes = {}

function notes.TReqIn(unit)
  local values = unit.values
  if has(unit, "CANCEL_FOUND") then
    return "cancels " .. values.cancelled_hash_index .. ":" .. values.cancelled_label
  end
  return has(unit, "E2E_ACK") and "of a 2xx" or ""
end

function notes.ResIn(unit) return has(unit, "FAKED_REPLY") and "faked by the proxy" or "" end

function notes.UacReq(unit) return has(unit, "SPIRAL") and "spiral" or "" end
notes.AcCancel = notes.UacReq

local function transport(dialect, number)
  return (dialect.transport[number] or "protocol " .. number):lower()
end

local subjects = {}

function subjects.Ping(values) return "sequence " .. values.sequence end
subjects.JainPong = subjects.Ping

function subjects.AcResFail(values)
  return "error " .. values.error .. ": " .. text.of(values.reason)
end

function subjects.Bind(values, dialect)
  local where = text.endpoint(text.address(values.address), values.port)
  return "processor " .. values.processor_id .. " to " .. transport(dialect, values.protocol) .. " " .. where
end

function subjects.Unbind(values) return "processor " .. values.processor_id end

function subjects.UnknownEvent(values) return #values.payload .. " bytes of unknown content" end
subjects.UnknownAction = subjects.UnknownEvent

function subjects.Name(values) return text.of(values.name) end

function subjects.SocketInfo(_, dialect, unit)
  local told = {}
  for _, one in ipairs(unit.children[2].children) do
    local s = one.values
    told[#told + 1] = transport(dialect, s.protocol) .. " " .. text.endpoint(text.of(s.address), s.port)
  end
  return table.concat(told, ", ")
end

-- Of a unit that was read; `opened` is its encoded message, `sip` its SIP text, if it has one.
-- socket: of units that either socket may carry.
function facts.of(unit, name, opened, sip, dialect, socket)
  local values = unit.values
  local told = {method = "", status = 0, subject = "", call_id = ""}
  if opened then
    told = message.facts(opened) or told
  elseif name == "ResIn" then
    told.status = values.status
  elseif sip then
    told.method, told.status, told.subject = text.start_line(sip)
    told.call_id = text.call_id(sip)
  elseif subjects[name] then
    told.subject = subjects[name](values, dialect, unit)
  end
  if values.hash_index then told.transaction = values.hash_index .. ":" .. values.label end
  told.uac_id, told.note = values.uac_id, notes[name] and notes[name](unit) or ""
  if socket and ON_EITHER_SOCKET[name] then told.note = socket .. " socket" end
  return told
end

-- The info column.
function facts.line(type_name, told)
  local words = {type_name}
  local function add(word) if word and word ~= "" then words[#words + 1] = word end end
  add(told.transaction)
  add(told.uac_id and "uac " .. told.uac_id)
  if told.method ~= "" then add(told.method) elseif told.status > 0 then add(tostring(told.status)) end
  add(told.subject)
  add(told.note ~= "" and "(" .. told.note .. ")")
  add(told.call_id)
  return table.concat(words, " ")
end

return facts
