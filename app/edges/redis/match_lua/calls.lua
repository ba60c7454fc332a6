-- What callers may do. The first command that writes decides whether a full Redis refuses the script, and no later one: so
-- it refuses all or nothing. What makes room begins with a DEL, which is never refused.

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
    state.leads, state.references, 2 ^ state.level + state.split,
    state.same, state.crowded, state.left_out, state.missed, state.expired,
  }
end

-- To restore. Only who began may go on, and only while nothing was lost again.

if what == 'begin' then -- seconds
  if mark then return 'complete' end
  return call('SET', KEYS[2], token, 'NX', 'EX', ARGV[3]) and 'mine' or 'taken'
end

if call('GET', KEYS[2]) ~= token then return false end
if what == 'finish' then
  for _, counted in ipairs({ 'same', 'crowded', 'left_out', 'missed', 'expired' }) do state[counted] = 0 end
  save_state()
  call('SET', KEYS[1], token)
  call('DEL', KEYS[2])
  return 1
end
call('EXPIRE', KEYS[2], ARGV[3])
if what == 'clear' then return clear(tonumber(ARGV[4]), tonumber(ARGV[5])) end -- from where, how many; -1: that was all
take_asks(ARGV[7], tonumber(ARGV[4]), 0) -- seconds, crowd, -, links, asks
take_links(ARGV[6])
save_state()
return 1
