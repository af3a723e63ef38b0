-- The tree: every field of a unit as an item that can be filtered by.

local showing = {}
local max, min = math.max, math.min
local show_nodes

-- A place of the unit, as far as it is there.
local function range(unit, first, stop)
  first = max(0, min(first, unit.size))
  return unit.tvb:range(first, max(0, min(stop, unit.size) - first))
end

local function sliced(unit, where)
  local first, stop = max(where[1], unit.text[1]), min(where[2], unit.text[2])
  return first, stop, unit.data:sub(first + 1, max(0, stop))
end

function showing.made(tree, name, value)
  local item = tree:add(fields[name], value)
  item:set_generated()
  return item
end

local function show_name(item, name, told)
  if not told then return end
  item:append_text(" (" .. told .. ")")
  showing.made(item, name .. ".name", told)
end

local function mime_name(dialect, value)
  local function part(numbers, code) return numbers[code] or string.format("0x%x", code) end
  local low = value % 65536
  return part(dialect.mime_type, (value - low) / 65536) .. "/" .. part(dialect.mime_subtype, low)
end

local function show_mask(unit, item, place, value)
  for i = 0, 31 do
    local bit = 2 ^ i
    if value % (2 * bit) >= bit then
      local told = unit.dialect.method[i + 1] or "bit " .. i
      show_name(item, place, told)
    end
  end
end

local function show_code(unit, item, place, names, value)
  if names == "method_mask" then return show_mask(unit, item, place, value) end
  if names == "mime" then return show_name(item, place, mime_name(unit.dialect, value)) end
  show_name(item, place, unit.dialect[names][value])
end

local function show_bits(unit, item, place, node)
  local left, told = node.value, {}
  for _, bit in ipairs(node.field.bits) do
    if node.value % (2 * bit.bit) >= bit.bit then
      left = left - bit.bit
      told[#told + 1] = bit.name
      item:add(fields[place .. "." .. bit.filter], range(unit, node.first, node.stop), true)
    end
  end
  if left > 0 then item:add(fields[place .. ".other"], range(unit, node.first, node.stop), left) end
  if #told > 0 then item:append_text(" (" .. table.concat(told, ", ") .. ")") end
end

-- An item whose value is the part of the SIP text that a field points at.
local function pointing(unit, tree, name, node)
  local where = node.text or {0, 0}
  local first, stop, bytes = sliced(unit, where)
  local own = first >= stop
  local place = own and range(unit, node.first, node.stop) or range(unit, first, stop)
  local item = tree:add(fields[name], place, text.of(bytes))
  local outside = where[1] < unit.text[1] or max(where[1], where[2]) > unit.text[2]
  if outside and node.text and unit.text[1] < unit.text[2] then
    item:add_proto_expert_info(experts.outside, "points outside the SIP text")
  end
  return item
end

local kinds = {}

function kinds.number(unit, tree, place, node)
  local f, own = node.field, range(unit, node.first, node.stop)
  if f.role == "PART" or f.role == "TAIL" then
    pointing(unit, tree, place, node):add(fields[place .. ".start"], own, node.value)
  elseif f.role == "LENGTH" then
    pointing(unit, tree, place, node):add(fields[place .. ".length"], own, node.value)
  else
    local item = tree:add(fields[place], own, node.value)
    if f.bits then
      show_bits(unit, item, place, node)
    elseif f.names then
      show_code(unit, item, place, f.names, node.value)
    end
  end
end

function kinds.size(unit, tree, place, node)
  tree:add(fields[place], range(unit, node.first, node.stop), node.value)
end
kinds.total = kinds.size

function kinds.span(unit, tree, place, node)
  local item
  if node.text then
    item = pointing(unit, tree, place, node)
  else
    item = tree:add(fields[place], range(unit, node.first, node.stop))
  end
  item:add(fields[place .. ".start"], range(unit, node.first, node.middle), node.start)
  item:add(fields[place .. ".length"], range(unit, node.middle, node.stop), node.length)
end

function kinds.nested(unit, tree, place, node)
  local item = tree:add(fields[place], range(unit, node.first, node.stop))
  show_nodes(unit, item, place, node.children)
end

function kinds.list(unit, tree, place, node)
  for _, one in ipairs(node.children) do
    local item = tree:add(fields[place], range(unit, one.first, one.stop))
    item:set_text(one.name)
    show_nodes(unit, item, place, one.children)
  end
end

function kinds.numbers(unit, tree, place, node)
  for _, one in ipairs(node.children) do
    local item = tree:add(fields[place], range(unit, one.first, one.stop), one.value)
    show_code(unit, item, place, node.field.names, one.value)
  end
end

function kinds.pointers(unit, tree, place, node)
  if node.first == node.stop then return end
  local list = tree:add(fields[place], range(unit, node.first, node.stop))
  for _, one in ipairs(node.children) do
    if one.pair then
      for _, part in ipairs(one) do
        local name = place .. "." .. part.suffix
        local item = pointing(unit, list, name, part)
        item:add(fields[name .. ".start"], range(unit, part.first, part.stop), part.value)
      end
    else
      list:add(fields[place .. "." .. one.suffix], range(unit, one.first, one.stop), one.value)
    end
  end
end

function kinds.bytes(unit, tree, place, node)
  local shows, own = node.field.shows, range(unit, node.first, node.stop)
  if node.first == node.stop or shows == "message" then return end
  if shows == "padding" then
    tree:add(fields[place], own)
    return
  end
  local told = shows == "address" and text.address(node.value) or text.of(node.value)
  local item = tree:add(fields[place], own, told)
  local kind = shows == "address" and ({[4] = "ipv4", [16] = "ipv6"})[#node.value]
  if kind then item:add(fields[place .. "." .. kind], range(unit, node.content, node.stop)) end
end

function show_nodes(unit, tree, place, nodes)
  for _, node in ipairs(nodes) do
    kinds[node.field.kind](unit, tree, place .. "." .. node.name, node)
  end
end

local function show_faults(unit, tree, faults)
  for _, f in ipairs(faults) do
    tree:add_tvb_expert_info(experts[f.kind], range(unit, f.first, f.stop), f.message)
  end
end

local function show_header(unit, tree, entry, part)
  local place = "seas.header"
  local at = part or entry
  local item = tree:add(fields[place], range(unit, at.first, at.stop))
  item:set_text(unit.dialect.header[entry.values.type] or "header type " .. entry.values.type)
  show_nodes(unit, item, place, entry.children)
  if not part then return end
  if part.prefix then
    show_nodes(unit, item, place, part.prefix.children)
    local _, _, line = sliced(unit, part.prefix.children[1].text)
    item:append_text(": " .. text.of(line:match("^[^\r\n]*")))
  end
  if part.body then
    show_nodes(unit, item, part.place, part.body.children)
  elseif part.undecoded then
    item:add(fields["seas.header.undecoded"], range(unit, part.undecoded[1], part.undecoded[2]))
  end
end

local function show_message(unit, tree, opened)
  local item = tree:add(fields["seas.message"], range(unit, opened.first, opened.stop))
  if opened.info then
    local info = item:add(range(unit, opened.info.first, opened.info.stop), "information")
    show_nodes(unit, info, "seas.info", opened.info.children)
  end
  local index = opened.index or {}
  for i = 1, #index - 1 do show_header(unit, item, index[i], opened.headers[i - 1]) end
  if #index > 0 then
    local last = index[#index]
    local closing = item:add(fields["seas.index_end"], range(unit, last.first, last.stop))
    show_nodes(unit, closing, "seas.index_end", last.children)
  end
  local first, stop = opened.text[1], opened.text[2]
  if first < stop then
    item:add(fields["seas.text"], range(unit, first, stop), text.of(unit.data:sub(first + 1, stop)))
  end
  for _, where in ipairs(opened.unclaimed) do
    item:add(fields["seas.unclaimed"], range(unit, where[1], where[2]))
  end
  show_faults(unit, item, opened.faults)
end

-- unit: tvb, size, data, text (where the SIP text lies), dialect, tree (what was read, or nil and
-- the fault), opened (its encoded message).
function showing.unit(unit, tree)
  if not unit.tree then
    tree:add(fields["seas.undecoded"], range(unit, 0, unit.size))
    show_faults(unit, tree, {
      {kind = "undecoded", first = unit.fault.offset, stop = unit.size, message = unit.fault.message},
    })
    return
  end
  show_nodes(unit, tree, unit.place, unit.tree.children)
  if unit.opened then show_message(unit, tree, unit.opened) end
end

return showing
