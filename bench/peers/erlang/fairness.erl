%% SPDX-License-Identifier: BSD-3-Clause
%% Erlang for I11 and I11-wake: one process works ten milliseconds, again and again. Forms: `beside`
%% (two others play ping-pong meanwhile; each round trip is timed) and `wake` (before it works it
%% tells a second process, who tells a third; timed is how long that takes).
-module(fairness).
-export([main/0]).

main() -> bench_program:run(100, fun measure/2).

measure(Count, Form) ->
    Referee = self(),
    Wake = Form =:= "wake",
    Client = spawn_link(fun() -> client(Referee, Wake) end),
    Echo = spawn_link(fun() -> echo(Client) end),
    Client ! {start, Echo},
    spawn_link(fun() -> work(Count, Wake, Echo), Client ! stop end),
    Samples = receive {samples, S} -> S end,
    Good = case Wake of true -> length(Samples) =:= Count; false -> Samples =/= [] end,
    {Count, Good, [{p50_us, bench_program:percentile_us(0.5, Samples)},
                   {p99_us, bench_program:percentile_us(0.99, Samples)}]}.

now_ns() -> erlang:monotonic_time(nanosecond).

client(Referee, Wake) ->
    receive {start, Echo} -> ok end,
    [Echo ! {ping, now_ns()} || not Wake],
    Referee ! {samples, rally(Wake, Echo, [])}.

rally(Wake, Echo, Samples) ->
    receive
        {pong, Sent} ->
            Now = now_ns(),
            case Wake of true -> ok; false -> Echo ! {ping, Now} end,
            rally(Wake, Echo, [Now - Sent | Samples]);
        stop -> Samples
    end.

echo(To) ->
    receive
        {ping, Sent} ->
            To ! {pong, Sent},
            echo(To)
    end.

work(0, _, _) -> ok;
work(Left, Wake, Echo) ->
    Start = now_ns(),
    case Wake of true -> Echo ! {ping, Start}; false -> ok end,
    spin(Start + 10000000),
    work(Left - 1, Wake, Echo).

spin(Until) -> case now_ns() < Until of true -> spin(Until); false -> ok end.
