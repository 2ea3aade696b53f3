%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I4: two producing processes, one consumer. Forms: `on_heap` and `off_heap`, where its
%% message queue lives.
-module(fan_in).
-export([main/0]).

main() -> bench_program:run(5000000, fun fan_in/2).

fan_in(Count, Form) ->
    Queue = case Form of "off_heap" -> off_heap; "on_heap" -> on_heap; "" -> on_heap end,
    Each = (Count + 1) div 2,
    Self = self(),
    Sink = spawn_opt(fun() -> consume(Self, 2 * Each, 0) end,
                     [link, {message_queue_data, Queue}]),
    spawn_link(fun() -> produce(Sink, 0, Each) end),
    spawn_link(fun() -> produce(Sink, Each, 2 * Each) end),
    Sum = receive {sum, S} -> S end,
    {2 * Each, Sum =:= Each * (2 * Each - 1)}.

consume(Referee, 0, Sum) -> Referee ! {sum, Sum};
consume(Referee, Left, Sum) ->
    receive {number, N} -> consume(Referee, Left - 1, Sum + N) end.

produce(_, Until, Until) -> ok;
produce(Sink, From, Until) ->
    Sink ! {number, From},
    produce(Sink, From + 1, Until).
