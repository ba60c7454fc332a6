-- What callers may do. The first command that writes is one that a full Redis refuses, so it refuses all of a call or nothing.

if what == 'assign' then -- leads given that the caller has seen under its mark, time, teams, what is wanted
  if not mark then return false end
  use(mark)
  if mark == token and state.given < tonumber(ARGV[3]) then -- it forgot what it had answered
    call('DEL', KEYS[1])
    return false
  end
  save()
  local answer = assign(tonumber(ARGV[4]), read_crews(ARGV[5]), ARGV[6])
  save()
  return { mark, string.format('%.0f', state.given), answer }
end

if what == 'back' then -- leads
  if not mark then return false end
  use(mark)
  for at = 1, #ARGV[3], 10 do
    local lead = sub(ARGV[3], at, at + 9)
    local number, day, _, key = claim_of(lead)
    if number then release(lead, number, day, key, {}, true) end
  end
  return 1
end

if what == 'forget' then -- subjects
  if not mark then return 0 end
  use(mark)
  local period, forgotten = floor(state.at / DAY_MS / PERIOD), 0
  for at = 1, #ARGV[3], 10 do
    local subject = sub(ARGV[3], at, at + 9)
    for n = period + 1, period - 3, -1 do
      forgotten = forgotten + call('HDEL', owner_key(subject, n), subject)
    end
  end
  return forgotten
end

if what == 'seats' then -- team
  if not mark then return false end
  use(mark)
  return call('HGETALL', prefix .. 'm:' .. ARGV[3])
end

-- To restore. Only who began may go on, and only while nothing was lost again. It fills keys of its own mark.

if what == 'begin' then -- seconds
  if mark then return 'complete' end
  return call('SET', KEYS[2], token, 'NX', 'EX', ARGV[3]) and 'mine' or 'taken'
end

if call('GET', KEYS[2]) ~= token then return false end
if what == 'leave' then return call('DEL', KEYS[2]) end
use(token)
if what == 'finish' then
  save()
  call('SET', KEYS[1], token)
  call('DEL', KEYS[2])
  return 1
end
call('EXPIRE', KEYS[2], ARGV[3])
enter(ARGV[4]) -- seconds, leads in the order of time
save()
return 1
