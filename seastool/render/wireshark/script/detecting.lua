-- Which dialect a proxy speaks, told from its frames: each fact strikes out the dialects that it does
-- not fit, unless that would leave none.

local detecting = {}

function detecting.new()
  local left = {}
  for i, place in ipairs(likely) do left[i] = dialects[place] end
  return {left = left}
end

local function narrow(known, fits)
  local left = {}
  for _, dialect in ipairs(known.left) do
    if fits(dialect) then left[#left + 1] = dialect end
  end
  if #left > 0 then known.left = left end
end

-- What is known of one proxy from two places: `known` has it from now on.
function detecting.merge(known, other)
  local fits = {}
  for _, dialect in ipairs(other.left) do fits[dialect] = true end
  narrow(known, function(dialect) return fits[dialect] end)
end

local function code_of(dialect, name)
  if not dialect.codes then
    dialect.codes = {}
    for code, header in pairs(dialect.header) do dialect.codes[header] = code end
  end
  return dialect.codes[name] or 0
end

local function method_fits(dialect, method, code)
  if method == "INVITE" and dialect.invite_zero then return code == 0 end
  if code == 0 then return dialect.code_zero end
  return dialect.method[code] == method
end

local function by_header(known, written, kind)
  local name = constants.WRITTEN[written]
  if not name then return end
  local compact = constants.COMPACT[written]
  narrow(known, function(dialect)
    if compact and dialect.layout == "A" then return kind == 0 end
    return code_of(dialect, name) == kind
  end)
end

local function by_prefix(known, structure, sip, where)
  local a, b = structure:byte(3, 4)
  local long = a * 256 + b
  local function ends(length) return length > 3 and sip:sub(where + length, where + length) == "\n" end
  local size = ends(long) and 5 or ends(a) and 4
  if size then narrow(known, function(dialect) return dialect.prefix == size end) end
end

local function place_in(numbers, name)
  for code, told in pairs(numbers) do
    if told == name then return code end
  end
  return 255
end

-- Of the first Content-Type: some servers give later ones its number.
local function by_mime(known, structure, header)
  local kind, subtype = header:match("^[^:]*:[ \t]*(%a+)/([%w.+-]+)[ \t]*[;\r\n]")
  if not kind or #structure < 4 then return end
  local a, b, c, d = structure:byte(-4, -1)
  narrow(known, function(dialect)
    return place_in(dialect.mime_type, kind:lower()) == a * 256 + b
      and place_in(dialect.mime_subtype, subtype:lower()) == c * 256 + d
  end)
end

-- The facts of an encoded message that runs from `first` to the end of `data`.
function detecting.message(known, data, first)
  if #known.left == 1 then return end
  local info = reading.walk(structures.MessageInfo, data, first, #data, "", {})
  if not info then return end
  local function u16(at) -- from the payload; nil past the end
    local a, b = data:byte(first + at + 1, first + at + 2)
    return b and a * 256 + b
  end
  local start = u16(2)
  local sip = data:sub(first + start + 1, first + start + u16(4))
  local method = sip:match("^(%u+) ")
  if info.values.code < constants.FIRST_STATUS and method and constants.METHODS[method] then
    narrow(known, function(dialect) return method_fits(dialect, method, info.values.code) end)
  end
  local typed = false
  for i = 0, info.values.header_count - 1 do
    local at = info.stop - first + 3 * i
    local from, to = u16(at + 1), u16(at + 4)
    local where = from and u16(from)
    if to and where and from + 4 <= to and first + to <= #data then
      local written = sip:match("^([%w-]+):", where + 1)
      if written then
        local structure = data:sub(first + from + 1, first + to)
        by_prefix(known, structure, sip, where)
        by_header(known, written:lower(), data:byte(first + at + 1))
        if constants.WRITTEN[written:lower()] == "CONTENTTYPE" and not typed then
          typed = true
          by_mime(known, structure, sip:sub(where + 1))
        end
      end
    end
  end
end

-- The layout that an action's own bytes show; nil if they fit both.
local function layout_of(data, socket)
  if #data < 10 then return #data == 9 and "A" or nil end
  local kind, sixth, ninth, tenth = data:byte(5), data:byte(6), data:byte(9, 10)
  local name = sides[socket]["as->openser"].names[kind]
  if name == "REPLY_PROV" or name == "REPLY_FIN" then
    if data:sub(18, 25) == "SIP/2.0 " then return "A" end
    return data:sub(19, 26) == "SIP/2.0 " and "B" or nil
  end
  if name == "JAIN_PONG" then return ({[13] = "A", [14] = "B"})[#data] end
  if sixth > 0 then return not (socket == "event" and tenth == sixth) and "B" or nil end
  if ninth > 0 or tenth > 1 then return "A" end
  if socket == "event" or name == "SL_MSG" then return tenth > 0 and "A" or nil end
end

function detecting.action(known, data, socket)
  local layout = layout_of(data, socket)
  if layout then narrow(known, function(dialect) return dialect.layout == layout end) end
end

return detecting
