-- The encoded message as parts that lie side by side. Its parts say themselves where the next ones
-- lie, so a hostile message can put them on top of each other: they are taken in the order
-- information, index, SIP text, header structures, and each has only bytes that none before it has.

local message = {}
local max, min = math.max, math.min

local function fault(opened, kind, first, stop, told)
  opened.faults[#opened.faults + 1] = {kind = kind, first = first, stop = stop, message = told}
end

local function claim(opened, part)
  for _, other in ipairs(opened.parts) do
    if part.first < other.stop and other.first < part.stop then
      local told = part.name .. " lies over " .. other.name
      fault(opened, "place", max(part.first, other.first), min(part.stop, other.stop), told)
      return false
    end
  end
  opened.parts[#opened.parts + 1] = part
  return true
end

local function prefix_of(part, dialect)
  if dialect.prefix == 4 then return structures.ShortHeaderPrefix end
  return part.stop - part.first == 4 and structures.BareHeaderPrefix or structures.HeaderPrefix
end

local function read_index(opened, at, count)
  local index = {name = "index", first = at, stop = at, entries = {}}
  for _ = 0, count do
    local entry, wrong = reading.walk(structures.IndexEntry, opened.data, index.stop, opened.stop, "", {})
    if not entry then
      fault(opened, "undecoded", index.stop, opened.stop, "headers index: " .. wrong.message)
      break
    end
    index.entries[#index.entries + 1] = entry
    index.stop = entry.stop
  end
  if #index.entries > 0 and claim(opened, index) then opened.index = index.entries end
  return index.entries
end

local function read_body(opened, part, origins, at)
  local known = bodies[opened.dialect.header[part.entry.values.type]]
  if not origins.HEADER then return end
  if not known then
    fault(opened, "undecoded", at, part.stop, part.name .. ": this header type has no body")
    return
  end
  local body, wrong = reading.trace(known.struct, opened.data, at, part.stop, "", origins)
  if not body then
    fault(opened, "undecoded", wrong.offset, part.stop, part.name .. ": " .. wrong.message)
    return
  end
  part.body, part.place = body, known.place
end

local function fill(opened, part, origin)
  local origins = {TEXT = origin}
  local at = part.first
  local struct = prefix_of(part, opened.dialect)
  local prefix, wrong = reading.walk(struct, opened.data, part.first, part.stop, "", origins)
  if prefix then
    part.prefix, origins, at = prefix, prefix.origins, prefix.stop
  else
    fault(opened, "undecoded", part.first, part.stop, part.name .. ": " .. wrong.message)
  end
  if at == part.stop then return end
  read_body(opened, part, origins, at)
  if not part.body then part.undecoded = {at, part.stop} end
end

local function read_header(opened, i, entry, following, origin)
  local name = "headers[" .. i .. "]"
  local from, to = entry.values.start, following.values.start
  local first, stop = opened.first + from, opened.first + to
  if stop < first or first >= opened.stop then
    fault(opened, "place", first, stop, name .. " lies at " .. from .. " to " .. to .. " of the payload")
    return
  end
  if stop > opened.stop then
    local told = name .. " ends " .. stop - opened.stop .. " bytes past the message"
    fault(opened, "place", first, opened.stop, told)
    stop = opened.stop
  end
  if first == stop then
    fault(opened, "place", first, stop, name .. " has no structure")
    return
  end
  local part = {name = name, first = first, stop = stop, entry = entry}
  if claim(opened, part) then
    fill(opened, part, origin)
    opened.headers[i] = part
  end
end

local function span_of(info, name)
  for _, node in ipairs(info.children) do
    if node.name == name then return node end
  end
end

local function read_text(opened, info, origin)
  local span = span_of(info, "text")
  local part = {name = "text", first = origin, stop = opened.first + span.start + span.length}
  if part.stop > opened.stop then
    local told = "the SIP text ends " .. part.stop - opened.stop .. " bytes past the message"
    fault(opened, "place", part.first, opened.stop, told)
    part.stop = max(part.first, opened.stop)
  end
  if part.first < part.stop and claim(opened, part) then opened.text = {part.first, part.stop} end
  for _, node in ipairs(info.children) do
    if node.field.role == "TAIL" then
      local begin = origin + node.value
      node.text = {begin, max(begin, opened.text[2])}
    end
  end
end

local function is_told(opened, first, stop)
  for _, f in ipairs(opened.faults) do
    if (first <= f.first and f.first < stop) or (f.first <= first and first < f.stop) then return true end
  end
  return false
end

local function add_unclaimed(opened, first, stop)
  if not is_told(opened, first, stop) then
    fault(opened, "unaccounted", first, stop, "nothing accounts for these bytes")
  end
  opened.unclaimed[#opened.unclaimed + 1] = {first, stop}
end

local function find_unclaimed(opened)
  table.sort(opened.parts, function(a, b) return a.first < b.first end)
  local at = opened.first
  for _, part in ipairs(opened.parts) do
    if at < part.first then add_unclaimed(opened, at, part.first) end
    at = part.stop
  end
  if at < opened.stop then add_unclaimed(opened, at, opened.stop) end
end

local function open(opened)
  local high, low = opened.data:byte(opened.first + 3, opened.first + 4)
  local where = low and high * 256 + low or high or 0
  local origin = opened.first + where
  local origins = {TEXT = origin, HEADER = origin}
  local info, wrong = reading.walk(
    structures.MessageInfo, opened.data, opened.first, opened.stop, "", origins, "info")
  if not info then
    fault(opened, "undecoded", wrong.offset, opened.stop, "message information: " .. wrong.message)
    return
  end
  opened.info = info
  claim(opened, info)
  local entries = read_index(opened, info.stop, info.values.header_count)
  read_text(opened, info, origin)
  for i = 1, #entries - 1 do read_header(opened, i - 1, entries[i], entries[i + 1], origin) end
end

-- The message that runs from `first` to the end of `data`.
function message.open(data, first, dialect)
  local opened = {
    data = data, first = first, stop = #data, dialect = dialect, text = {#data, #data},
    headers = {}, faults = {}, unclaimed = {}, parts = {},
  }
  open(opened)
  find_unclaimed(opened)
  return opened
end

-- The information as far as it can be read, and where the number of headers stands, whether or not
-- the structure of the request URI before it can be read.
local function read_info(opened)
  local state = reading.peek(structures.MessageInfo, opened.data, opened.first, opened.stop, "")
  local spans, last = {}, nil
  for _, node in ipairs(state.children) do
    spans[node.name], last = node, node
  end
  if spans.header_count then return spans, spans.header_count.first end
  local size = spans.version and opened.data:byte(last.stop + 1)
  return spans, size and state.field.kind == "nested" and last.stop + 1 + size
end

local function u16(data, at)
  local a, b = data:byte(at + 1, at + 2)
  return a * 256 + b
end

local function call_id(opened, slice, index, count)
  local data, base = opened.data, opened.first
  for at = index, index + 3 * (count - 1), 3 do
    if data:byte(at + 1) == constants.CALLID then
      local first, stop = base + u16(data, at + 1), base + u16(data, at + 4)
      if first < index or stop > opened.stop or stop - first < 4 then return "" end
      local length = opened.dialect.prefix == 4 and data:byte(first + 3) or u16(data, first + 2)
      local header = slice(u16(data, first), length)
      return text.of(text.strip(header:match("^[^:]*:(.*)$") or header))
    end
  end
  return ""
end

-- What a list says of it: method, status, URI or reason, Call-ID; nil if it cannot be opened.
function message.facts(opened)
  local info, at = read_info(opened)
  local count = at and opened.data:byte(at + 1)
  if not count or at + 1 + 3 * (count + 1) > opened.stop then return nil end
  local base = opened.first + info.text.start
  local stop = base + info.text.length
  if stop > opened.stop then return nil end
  local function slice(start, length)
    return opened.data:sub(base + start + 1, min(base + start + length, stop))
  end
  local told = {method = "", status = 0, call_id = call_id(opened, slice, at + 1, count)}
  told.subject = text.of(slice(info.uri.start, info.uri.length))
  if info.code.value < constants.FIRST_STATUS then
    told.method = text.ascii(slice(info.method.start, info.method.length))
  else
    told.status = info.code.value
  end
  return told
end

return message
