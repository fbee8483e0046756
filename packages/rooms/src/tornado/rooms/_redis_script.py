"""The step that has to be one step in Redis: giving messages their places.

The keys of a room, all under the prefix of the Rooms:

- ``ROOM:log``, a stream: the newest messages. An entry has ``h`` (``PREVIOUS ORIGIN NUMBER``, where
  PREVIOUS is the id of the entry before it) and ``b`` (the message, see ``_redis_mirror``).
- ``ROOM:from:ORIGIN``: what that process has said last, as ``NUMBER=ID NUMBER=ID ...``. Numbers
  of a process only grow, so what it says twice, because it lost the connection before the answer,
  is known to be there.
- ``ROOM:who``, a hash: ``ORIGIN NAME`` to what is known of that person.

Besides there is ``:hub:ORIGIN``, which expires soon after its process has stopped to renew it, and
a channel for each room, where everything is published as it happens.
"""

import hashlib

SAY = """
local log, mark = KEYS[1], KEYS[2]
local channel, origin, count, keep, floor = unpack(ARGV, 1, 5)

local function parts(id)
  local time, count = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(time), tonumber(count)
end

local function later(a, b)
  local a1, a2 = parts(a)
  local b1, b2 = parts(b)
  return a1 > b1 or (a1 == b1 and a2 > b2)
end

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)
local last = newest[1] and newest[1][1] or '0-0'
local marks = redis.call('GET', mark) or ''
local said = tonumber(string.match(marks, '(%d+)=%S+$') or '0')

local ids, new, is_new = {}, {}, false
for i = 6, #ARGV, 3 do
  local number, id, body = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if tonumber(number) <= said then
    id = string.match(' ' .. marks, ' ' .. number .. '=(%S+)') or id
  else
    if id == '' or not later(id, last) then
      local after = later(floor, last) and floor or last
      local time, count = parts(after)
      if now > time then
        id = string.format('%.0f-0', now)
      else
        id = string.format('%.0f-%.0f', time, count + 1)
      end
    end
    local head = last .. ' ' .. origin .. ' ' .. number
    redis.call('XADD', log, 'MAXLEN', count, id, 'h', head, 'b', body)
    redis.call('PUBLISH', channel, id .. ' ' .. head .. '\\n' .. body)
    last = id
    is_new = true
  end
  new[#new + 1] = id ~= '' and number .. '=' .. id or nil
  ids[#ids + 1] = id
end
if is_new then
  redis.call('PEXPIRE', log, keep)
  redis.call('SET', mark, table.concat(new, ' '), 'PX', math.max(keep, 86400000))
end
return ids
"""
"""KEYS: log, from. ARGV: channel, origin, how many messages to keep and for how many milliseconds,
an id that new ones have to follow, then for each message its number, the id it had before Redis
lost it (or nothing), and its body. Answers with their ids."""

SHA = hashlib.sha1(SAY.encode()).hexdigest()  # how EVALSHA names a script
