-- What decisions tell: who has which lead, and had whom.

local function enter(told)
  local seats, at = {}, 1
  while at <= #told do
    local lead, subject, team, member, day, at_ms, why, counts
    lead, subject, team, member, day, at_ms, why, counts, at = unpacked('>c10c10Bc0Bc0I4dBB', told, at)
    local name = team .. '/' .. member
    local one = seats[name]
    if not one then
      local seat = call('HGET', prefix .. 'm:' .. team, member)
      one = { team = team, member = member, seat = seat and seat_of(seat) or new_seat(team, member, STRIDE, day) }
      seats[name] = one
    end
    local seat, date = one.seat, floor(at_ms / DAY_MS)
    if day > seat.day then seat.day, seat.taken = day, 0 end
    if counts == 1 then
      if day == seat.day then seat.taken = seat.taken + 1 end
      put(claim_key(lead, date), lead, pack(CLAIM, seat.number, day, why), CLAIM_S)
    end
    if subject ~= NO_SUBJECT then keep_owner(subject, seat.number, date) end
  end
  for _, one in pairs(seats) do
    local key = prefix .. 'm:' .. one.team
    call('HSET', key, one.member, told_of(one.seat))
    call('EXPIRE', key, OWNER_S)
  end
end
