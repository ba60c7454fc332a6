-- What callers may do. The first command that writes decides whether a full Redis refuses the script, and no later one: so
-- it refuses all or nothing. What makes room begins with a DEL, which is never refused.

local MARGIN = 65536

local function weighed() -- about how many bytes all of it takes
  local function of(first, count, name)
    local bytes, looked, step = 0, 0, max(1, floor(count / 16))
    for at = first, first + count - 1, step do
      local its = call('MEMORY', 'USAGE', name(at), 'SAMPLES', 0)
      bytes, looked = bytes + (its or 0), looked + 1
    end
    return looked == 0 and 0 or bytes / looked * count
  end
  local segments = of(state.oldest, newest() + 1 - state.oldest, function(at) return (where(at * SEGMENT + 1)) end)
  return floor(of(0, 2 ^ state.level + state.split, bucket_name) + segments)
end

load_state()
local mark = call('GET', KEYS[1])

if what == 'seek' then -- the highest number seen under this mark, crowd, most, links, asks
  if not mark then return false end
  if mark == token and state.number < tonumber(ARGV[3]) then -- it forgot what it had answered
    call('DEL', KEYS[1])
    return false
  end
  take_links(ARGV[6])
  local answer = take_asks(ARGV[7], tonumber(ARGV[4]), tonumber(ARGV[5]))
  save_state()
  return { mark, string.format('%.0f', state.number), answer }
end

if what == 'horizon' then -- now, seconds that a lead may be late, steps at most
  if not mark then return false end
  call('DEL', prefix .. 'nothing')
  local told = horizon(tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]))
  save_state()
  return told
end

if what == 'sweep' then -- now, segments, buckets
  if not mark then return { 0, 0, 1 } end
  call('DEL', prefix .. 'nothing')
  local swept = sweep(tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]))
  save_state()
  return swept
end

if what == 'erase' then -- ids
  if not mark then return false end
  call('DEL', prefix .. 'nothing')
  local erased = erase(ARGV[3])
  save_state()
  return erased
end

if what == 'prune' then -- from which bucket, how many; -1: that was all
  if not mark then return false end
  call('DEL', prefix .. 'nothing')
  local _, to = prune(tonumber(ARGV[3]), tonumber(ARGV[4]))
  save_state()
  return to < 2 ^ state.level + state.split and to or -1
end

if what == 'counts' then
  if not mark then return false end
  return {
    state.leads, state.references, 2 ^ state.level + state.split, weighed(),
    state.same, state.crowded, state.left_out, state.missed, state.late, state.expired,
  }
end

-- To restore: numbers go on a MARGIN above the last that is told, for a batch that was answered before the loss and is not told
-- of yet must not have the number of a later lead. Only who began may go on, and only while nothing was lost again.

if what == 'begin' then -- seconds
  if mark then return 'complete' end
  return call('SET', KEYS[2], token, 'NX', 'EX', ARGV[3]) and 'mine' or 'taken'
end

if call('GET', KEYS[2]) ~= token then return false end
if what == 'leave' then return call('DEL', KEYS[2]) end
if what == 'finish' then
  for _, counted in ipairs({ 'same', 'crowded', 'left_out', 'missed', 'late', 'expired' }) do state[counted] = 0 end
  if state.leads > 0 then leave_out(state.number + MARGIN) end
  state.walked = state.number
  save_state()
  call('SET', KEYS[1], token)
  call('DEL', KEYS[2])
  return 1
end
call('EXPIRE', KEYS[2], ARGV[3])
if what == 'clear' then return clear(tonumber(ARGV[4]), tonumber(ARGV[5])) end -- from where, how many; -1: that was all
take_asks(ARGV[5], tonumber(ARGV[4]), 0, true) -- seconds, crowd, leads
save_state()
return 1
