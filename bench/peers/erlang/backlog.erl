%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I10: a process sends to one that is suspended; then it is resumed. Forms: `on_heap`
%% and `off_heap`, where its message queue lives.
-module(backlog).
-export([main/0]).

main() -> bench_program:run(10000000, fun fill/2).

fill(Count, Form) ->
    Queue = case Form of "off_heap" -> off_heap; _ -> on_heap end,
    Referee = self(),
    To = spawn_opt(fun() -> Referee ! {done, consume(Count, 0)} end,
                   [link, {message_queue_data, Queue}]),
    erlang:suspend_process(To),
    Before = bench_program:rss_bytes(),
    send(To, 0, Count),
    Each = (bench_program:rss_bytes() - Before) / Count,
    Start = erlang:monotonic_time(nanosecond),
    erlang:resume_process(To),
    Sum = bench_program:countdown(1),
    Seconds = (erlang:monotonic_time(nanosecond) - Start) / 1.0e9,
    {Count, Sum =:= Count * (Count - 1) div 2, [{seconds, Seconds}, {bytes_each, Each}]}.

send(_, Count, Count) -> ok;
send(To, Number, Count) ->
    To ! Number,
    send(To, Number + 1, Count).

consume(0, Sum) -> Sum;
consume(Left, Sum) -> receive N when is_integer(N) -> consume(Left - 1, Sum + N) end.
