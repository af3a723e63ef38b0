-- Declarations read from bytes: a tree that says where each field lies, and which part of the SIP
-- text it points at. Offsets count from 0 in `data`, ends are exclusive; bytes that do not fit
-- raise a table {offset, message}, and nothing here looks past the end of `data`.

local reading = {}
local byte, min, max = string.byte, math.min, math.max
local WIDTHS = {B = 1, H = 2, I = 4, i = 4}
local walk

function reading.fault(offset, path, message)
  path = path ~= "" and path .. ": " or ""
  error({offset = offset, message = path .. message .. " at byte " .. offset}, 0)
end

local function take(state, count, name)
  local first = state.at
  local there = min(state.stop, #state.data)
  if first + count > there then
    local left = max(0, there - first)
    local told = "needs " .. count - left .. " more bytes, " .. left .. " left"
    reading.fault(first, state.path .. name, told)
  end
  state.at = first + count
  return first
end

local function number(state, format, name)
  local first = take(state, WIDTHS[format], name)
  local value = 0
  for i = first + 1, first + WIDTHS[format] do value = value * 256 + byte(state.data, i) end
  if format == "i" and value >= 2147483648 then value = value - 4294967296 end
  return value
end

function reading.holds(when, values)
  local value = values[when.field]
  if when.below then return value < when.below end
  return (value % (2 * when.bit) >= when.bit) ~= when.negated
end

local function shifted(origin, first, stop)
  return origin and {origin + first, origin + stop}
end

local function item(state, struct, size, field, name, first)
  local at = take(state, size, name)
  local inner = walk(struct, state.data, at, at + size, "", state.origins, name, state.path .. name .. ".")
  if inner.stop ~= at + size then
    reading.fault(inner.stop, state.path .. name, at + size - inner.stop .. " bytes left over")
  end
  inner.field, inner.first = field, first
  return inner
end

-- A list of pointers: name start and value start of each parameter, one last end, and odd ones.
local function pointer_nodes(list, data, origin)
  local used = max(0, math.floor((list.stop - list.first - 1) / 2) * 2)
  for at = list.first, list.first + used - 1, 2 do
    local name, value, following = byte(data, at + 1, at + 3)
    local stop = value < following and max(value, following - 1) or value
    list.children[#list.children + 1] = {
      pair = true, first = at, stop = at + 2,
      {suffix = "name", first = at, stop = at + 1, value = name, text = shifted(origin, name, max(name, value - 1))},
      {suffix = "value", first = at + 1, stop = at + 2, value = value, text = shifted(origin, value, stop)},
    }
  end
  for at = list.first + used, list.stop - 1 do
    local suffix = used > 0 and at == list.first + used and "end" or "odd"
    list.children[#list.children + 1] = {suffix = suffix, first = at, stop = at + 1, value = byte(data, at + 1)}
  end
end

local readers = {}

function readers.number(state, f, node) node.value = number(state, f.format, f.name) end
readers.size = readers.number

function readers.total(state, f, node)
  node.value = number(state, f.format, f.name)
  local there = state.stop - node.first
  if node.value ~= there then
    reading.fault(node.first, state.path .. f.name, "says " .. node.value .. " bytes, there are " .. there)
  end
end

function readers.span(state, f, node)
  node.start = number(state, f.format:sub(1, 1), f.name)
  node.middle = state.at
  node.length = number(state, f.format:sub(2, 2), f.name)
  local origin = state.origins[f.base]
  node.text = shifted(origin, node.start, node.start + node.length)
  if f.opens and origin then state.origins[f.opens] = origin + node.start end
end

function readers.nested(state, f, node)
  local size = f.sized_by and state.values[f.sized_by] or number(state, "B", f.name)
  return item(state, f.struct, size, f, f.name, node.first)
end

function readers.list(state, f, node)
  local count = number(state, "B", f.name)
  local sizes = f.sized and take(state, count, f.name)
  for i = 0, count - 1 do
    local name = f.name .. "[" .. i .. "]"
    local one
    if sizes then
      one = item(state, f.struct, byte(state.data, sizes + i + 1), nil, name, state.at)
    else
      one = walk(f.struct, state.data, state.at, state.stop, "", state.origins, name, state.path .. name .. ".")
      state.at = one.stop
    end
    node.children[#node.children + 1] = one
  end
end

function readers.numbers(state, f, node)
  for i = 0, number(state, "B", f.name) - 1 do
    local first = state.at
    local value = number(state, f.format, f.name .. "[" .. i .. "]")
    node.children[#node.children + 1] = {first = first, stop = state.at, value = value}
  end
end

function readers.bytes(state, f, node)
  local count = f.to_end and max(0, state.stop - state.at) or number(state, "B", f.name)
  node.content = take(state, count, f.name)
  node.value = state.data:sub(node.content + 1, state.at)
end

function readers.pointers(state, f, node)
  take(state, max(0, state.stop - state.at), f.name)
  node.stop = state.at
  pointer_nodes(node, state.data, state.origins[f.base])
end

-- Parts, lengths and the like get the text they mean once their neighbours are known.
local function point_parts(nodes, origins)
  local following
  for i = #nodes, 1, -1 do
    local node, f = nodes[i], nodes[i].field
    local origin = f and f.kind == "number" and origins[f.base]
    if origin then
      if f.role == "PART" and following then
        node.text = {origin + node.value, origin + max(node.value, following - 1)}
      elseif f.role == "LENGTH" then
        node.text = {origin, origin + node.value}
      end
      if f.role == "PART" or f.role == "END" then following = node.value end
    end
  end
end

local function new_state(data, first, stop, origins, path)
  local own = {}
  for base, origin in pairs(origins) do own[base] = origin end
  return {data = data, at = first, stop = stop, path = path, origins = own, values = {}, children = {}}
end

local function fill(state, struct, order)
  for _, f in ipairs(struct[order] or struct[""]) do
    state.field = f
    if not f.when or reading.holds(f.when, state.values) then
      local node = {name = f.name, field = f, first = state.at, children = {}}
      node = readers[f.kind](state, f, node) or node
      node.stop = state.at
      state.values[f.name] = node.value
      state.children[#state.children + 1] = node
    end
  end
end

function walk(struct, data, first, stop, order, origins, name, path)
  local state = new_state(data, first, stop, origins, path or "")
  fill(state, struct, order)
  point_parts(state.children, state.origins)
  return {
    name = name, first = first, stop = state.at, children = state.children, values = state.values,
    origins = state.origins,
  }
end

-- Runs a function that may meet a fault: its result, or nil and the fault.
local function tried(run, ...)
  local done, result = pcall(run, ...)
  if done then return result end
  if type(result) ~= "table" then error(result, 0) end
  return nil, result
end

-- A structure at `first`; what it does not use is left over.
function reading.walk(...) return tried(walk, ...) end

local function trace(struct, data, first, stop, order, origins)
  local node = walk(struct, data, first, stop, order, origins)
  if node.stop ~= stop then reading.fault(node.stop, "", stop - node.stop .. " bytes left over") end
  return node
end

-- A structure that fills first to stop.
function reading.trace(...) return tried(trace, ...) end

-- As far as it goes: the state with its values, and the fault that ended it, if any.
function reading.peek(struct, data, first, stop, order)
  local state = new_state(data, first, stop, {}, "")
  local _, fault = tried(fill, state, struct, order)
  return state, fault
end

return reading
