-- Bytes as the text that people read, and what a list needs of a SIP text.

local text = {}
local byte, find, format, sub = string.byte, string.find, string.format, string.sub

-- Of each range of first bytes: length of the sequence, and the range of its second byte.
local SEQUENCES = {
  {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF}, {0xE1, 0xEC, 3, 0x80, 0xBF},
  {0xED, 0xED, 3, 0x80, 0x9F}, {0xEE, 0xEF, 3, 0x80, 0xBF}, {0xF0, 0xF0, 4, 0x90, 0xBF},
  {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F},
}

local function sequence(data, i)
  local first, second = byte(data, i, i + 1)
  for _, s in ipairs(SEQUENCES) do
    if first >= s[1] and first <= s[2] and second and second >= s[4] and second <= s[5] then
      local rest = sub(data, i + 2, i + s[3] - 1)
      return #rest == s[3] - 2 and not find(rest, "[^\128-\191]") and s[3] or nil
    end
  end
end

-- UTF-8 as it is; each byte that is not, and NUL, as \xNN.
function text.of(data)
  if not find(data, "[%z\128-\255]") then return data end
  local out, i = {}, 1
  while i <= #data do
    local b = byte(data, i)
    local size = b > 0 and (b < 128 and 1 or sequence(data, i))
    out[#out + 1] = size and sub(data, i, i + size - 1) or format("\\x%02x", b)
    i = i + (size or 1)
  end
  return table.concat(out)
end

-- ASCII as it is, every other byte as \xNN.
function text.ascii(data)
  return (data:gsub("[%z\128-\255]", function(c) return format("\\x%02x", byte(c)) end))
end

function text.hex(data)
  return (data:gsub(".", function(c) return format("%02x", byte(c)) end))
end

function text.strip(data)
  return data:match("^[ \t\n\r\v\f]*(.-)[ \t\n\r\v\f]*$")
end

local function ipv6(packed)
  local words, best, length = {}, nil, 1
  for i = 1, 15, 2 do words[#words + 1] = byte(packed, i) * 256 + byte(packed, i + 1) end
  local i = 1
  while i <= 8 do
    local stop = i
    while stop <= 8 and words[stop] == 0 do stop = stop + 1 end
    if stop - i > length then best, length = i, stop - i end
    i = math.max(stop, i + 1)
  end
  local function joined(first, last)
    local out = {}
    for k = first, last do out[#out + 1] = format("%x", words[k]) end
    return table.concat(out, ":")
  end
  if not best then return joined(1, 8) end
  return joined(1, best - 1) .. "::" .. joined(best + length, 8)
end

-- A raw address; what is neither IPv4 nor IPv6 in hex.
function text.address(packed)
  if #packed == 4 then return format("%d.%d.%d.%d", byte(packed, 1, 4)) end
  return #packed == 16 and ipv6(packed) or text.hex(packed)
end

function text.endpoint(address, port)
  return format(find(address, ":", 1, true) and "[%s]:%d" or "%s:%d", address, port)
end

-- Method, status and subject of the first line, read leniently.
function text.start_line(data)
  local line = data:match("^([^\n]+)\n") or data
  line = line:match("^(.-)\r*$")
  if sub(line, 1, 8) == "SIP/2.0 " then
    local status, reason = line:match("^SIP/2%.0 (%d%d%d) (.*)$")
    status = status or line:match("^SIP/2%.0 (%d%d%d)$")
    if status then return "", tonumber(status), text.of(reason or "") end
  else
    local method, uri = line:match("^([^ ]*) ([^ ]*) [^ ]*$")
    if method then return text.of(method), 0, text.of(uri) end
  end
  return "", 0, text.of(line)
end

function text.call_id(data)
  local stop = find(data, "\r\n\r\n", 1, true)
  local head = stop and sub(data, 1, stop + 1) or data
  for line in (head .. "\n"):gmatch("([^\n]*)\n") do
    local name, value = line:match("^([%a-]+)[ \t]*:[ \t]*([^\r]*)")
    name = name and name:lower()
    if name == "call-id" or name == "i" then return text.of(text.strip(value)) end
  end
  return ""
end

return text
