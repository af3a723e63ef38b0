-- Whose bytes a connection carries: which socket it is, and which end of it is the proxy.

local streams = {}
local number_of = Field.new("tcp.stream")
local known = {}
local by_port, by_name = {}, {} -- what is told of each proxy

local TO_AS, TO_OPENSER = "openser->as", "as->openser"
-- The order in which sides are tried: the strictest first, some carry SIP text.
local TRIED = {{"action", TO_OPENSER}, {"event", TO_AS}, {"event", TO_OPENSER}, {"action", TO_AS}}

function streams.clear() known, by_port, by_name = {}, {}, {} end

local function ends(pinfo)
  return tostring(pinfo.src) .. " " .. pinfo.src_port, tostring(pinfo.dst) .. " " .. pinfo.dst_port
end

-- What is kept of this packet's connection.
function streams.of(pinfo)
  local number = number_of()
  local a, b = ends(pinfo)
  local key = number and number.value or (a < b and a .. " " .. b or b .. " " .. a)
  known[key] = known[key] or {begun = {}, detected = detecting.new()}
  return known[key]
end

local function u32(data, at)
  local a, b, c, d = data:byte(at + 1, at + 4)
  return d and ((a * 256 + b) * 256 + c) * 256 + d
end
streams.u32 = u32

function streams.possible(length)
  return length >= constants.MIN_FRAME and length <= constants.MAX_FRAME
end

-- Whether a frame may begin so on that side: the head of a long one is looked at.
function streams.in_step(data, at, length, side)
  if not streams.possible(length) then return false end
  if length <= constants.TRUSTED_FRAME then return true end
  return side.socket ~= nil and sides[side.socket][side.direction].names[data:byte(at + 5)] ~= nil
end

local checks = {}

function checks.processor_id(value) return value <= 127 or value == 255 end
function checks.flags(value) return value < 16 end
function checks.hash_index(value) return value < 65536 end
function checks.status(value) return value < 700 end
function checks.protocol(value) return value <= 6 end
function checks.reason(value) return #value > 0 and not value:find("[^ -~]") end

local function text_fits(data, at)
  return data:find("^[!-~]+ [!-~]", at + 1) ~= nil
end

local function message_fits(data, at)
  local first = data:byte(at + 1)
  return not first or first <= 2
end

local function content_fits(f, data, at)
  if f.shows == "sip" then return text_fits(data, at) end
  return f.shows ~= "message" or message_fits(data, at)
end

local function values_fit(state, data)
  for _, node in ipairs(state.children) do
    local f = node.field
    if checks[f.name] and f.kind ~= "nested" and not checks[f.name](node.value) then return false end
    if f.shows == "address" and #node.value ~= 4 and #node.value ~= 16 and #node.value ~= 0 then return false end
    if not content_fits(f, data, node.first) then return false end
  end
  return true
end

-- Whether a frame of that side and layout begins at `at`; its end need not be there.
local function frame_fits(side, data, at, length, order)
  local struct = side.frames[data:byte(at + 5)]
  if not struct then return false end
  local state, fault = reading.peek(struct, data, at, at + length, order)
  if fault then
    local f = state.field
    if at + length <= #data or f.kind ~= "bytes" or not f.to_end then return false end
    if not content_fits(f, data, state.at) then return false end
  elseif state.at ~= at + length then
    return false
  end
  return values_fit(state, data)
end

-- Socket and direction of a frame by its content; nil if it could be nobody's.
function streams.sniff(data, at, socket, direction)
  local length = u32(data, at)
  if not length or not streams.possible(length) or #data < at + 5 then return nil end
  for _, side in ipairs(TRIED) do
    if (not socket or socket == side[1]) and (not direction or direction == side[2]) then
      local one = sides[side[1]][side[2]]
      if frame_fits(one, data, at, length, "") or frame_fits(one, data, at, length, "A") then
        return side[1], side[2]
      end
    end
  end
end

-- Where from `at` on the first frame begins that this side could send, if one does.
function streams.next_frame(data, at, side)
  while true do
    local zero = data:find("%z", at + 1)
    if not zero then return nil end
    at = zero - 1
    if streams.sniff(data, at, side.socket, side.direction) then return at end
    at = at + 1
  end
end

-- Whether `data` begins with socket info that names real transports in plain text.
function streams.is_socket_info(data)
  local unit = reading.walk(structures.SocketInfo, data, 0, #data, "", {})
  if not unit or unit.values.mark ~= constants.SOCKET_INFO_MARK then return false end
  local list = unit.children[2].children
  for _, one in ipairs(list) do
    local s = one.values
    if s.protocol > 6 or (s.name .. s.address):find("[^ -~]") then return false end
  end
  return #list > 0 and (unit.stop == #data or data:byte(unit.stop + 1) == 0)
end

local function by_ports(stream, pinfo, sets)
  local from, to = ends(pinfo)
  for socket, set in pairs(sets) do
    if set[pinfo.src_port] ~= set[pinfo.dst_port] and not stream.proxy then
      stream.proxy = set[pinfo.src_port] and from or to
      stream.socket = socket
    end
  end
end

local function by_content(stream, pinfo, data, at)
  local from, to = ends(pinfo)
  local direction = stream.proxy and (stream.proxy == from and TO_AS or TO_OPENSER)
  local first = data:byte(at + 1)
  local socket
  if first == constants.SOCKET_INFO_MARK then
    socket, direction = "event", TO_AS
  elseif first > 0 and first <= constants.MAX_NAME then
    direction = direction or TO_OPENSER
  else
    socket, direction = streams.sniff(data, at, stream.socket, direction)
  end
  stream.socket = stream.socket or socket
  if direction then stream.proxy = stream.proxy or (direction == TO_AS and from or to) end
end

-- Both sockets of a proxy, and all of its application servers, share what is told of its dialect:
-- ports P and P+1 belong together, else two sockets of one address with the same name.
local function share(stream)
  if not (stream.proxy and stream.socket) or stream.joined == (stream.name or "") then return end
  stream.joined = stream.name or ""
  local host, port = stream.proxy:match("^(.*) (%d+)$")
  local place = host .. " " .. port - (stream.socket == "action" and 1 or 0)
  local named = stream.name and host .. " " .. stream.name
  local proxy = by_port[place]
  local namesake = named and by_name[named]
  if namesake and not namesake.sockets[stream.socket] and (not proxy or proxy.alone == stream) then
    proxy = namesake
  end
  proxy = proxy or {detected = stream.detected, sockets = {}, alone = stream}
  if proxy.alone ~= stream then proxy.alone = nil end
  if proxy.detected ~= stream.detected then detecting.merge(proxy.detected, stream.detected) end
  stream.detected = proxy.detected
  proxy.sockets[stream.socket] = true
  by_port[place] = proxy
  if named then by_name[named] = by_name[named] or proxy end
end

function streams.named(stream, name)
  stream.name = stream.name or name
  share(stream)
end

-- The side that sends this packet: socket and direction, each nil while it is not known.
function streams.side(stream, pinfo, sets, data, at)
  if not stream.proxy then by_ports(stream, pinfo, sets) end
  if not (stream.proxy and stream.socket) then by_content(stream, pinfo, data, at) end
  if not stream.proxy then return {} end
  share(stream)
  local from = ends(pinfo)
  return {socket = stream.socket, direction = stream.proxy == from and TO_AS or TO_OPENSER}
end

return streams
