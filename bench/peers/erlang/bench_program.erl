%% SPDX-License-Identifier: BSD-3-Clause
%% What every Erlang benchmark shares. `run(DefaultCount, Body)` times Body(Count, Form), which
%% returns {Count, Good} or {Count, Good, Figures}, prints the line of JSON and ends the node.
%% Figures are further fields of that line; {seconds, S} among them takes the place of the whole
%% time.
-module(bench_program).
-export([run/2, timed/1, size/1, countdown/1, percentile_us/2, rss_bytes/0, random/1, work/2]).

run(DefaultCount, Body) ->
    Options = parse(init:get_plain_arguments()),
    Count = list_to_integer(maps:get("--count", Options, integer_to_list(DefaultCount))),
    Start = now_ns(),
    {Done, Good, Figures} =
        case Body(Count, maps:get("--form", Options, "")) of
            {D, G} -> {D, G, []};
            Whole -> Whole
        end,
    Seconds = proplists:get_value(seconds, Figures, (now_ns() - Start) / 1.0e9),
    Check = case Good of true -> "ok"; false -> "failed" end,
    io:format("{\"count\":~b,\"seconds\":~.9f,\"check\":\"~s\"~s,\"max_rss_kb\":~b}~n",
              [Done, float(Seconds), Check,
               [io_lib:format(",\"~s\":~.3f", [K, float(V)]) || {K, V} <- Figures, K =/= seconds],
               status_kb("VmHWM")]),
    halt(case Good of true -> 0; false -> 1 end).

%% The argument of --size: of what does the work, as pairs or the actors of a ring.
size(Default) ->
    case maps:find("--size", parse(init:get_plain_arguments())) of
        {ok, Size} -> list_to_integer(Size);
        error -> Default
    end.

parse([Name, Value | Rest]) when Name =:= "--count"; Name =:= "--form"; Name =:= "--size" ->
    (parse(Rest))#{Name => Value};
parse([]) -> #{};
parse(_) ->
    io:format(standard_error, "usage: [--count N] [--form NAME] [--size N]~n", []),
    halt(2).

%% What Body() returns, and how many seconds it took.
timed(Body) ->
    Start = now_ns(),
    Result = Body(),
    {Result, (now_ns() - Start) / 1.0e9}.

now_ns() -> erlang:monotonic_time(nanosecond).

%% Waits for as many {done, Sum} and adds them up.
countdown(Expected) -> countdown(Expected, 0).
countdown(0, Sum) -> Sum;
countdown(Left, Sum) -> receive {done, S} -> countdown(Left - 1, Sum + S) end.

%% Of a list of nanoseconds.
percentile_us(Fraction, Samples) ->
    lists:nth(1 + trunc(Fraction * (length(Samples) - 1)), lists:sort(Samples)) / 1000.

rss_bytes() -> status_kb("VmRSS") * 1024.

status_kb(Name) ->
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [Kb]} = re:run(Status, Name ++ ":\\s*(\\d+)", [{capture, all_but_first, list}]),
    list_to_integer(Kb).

%% The generator of all languages (see include/bench/random.hpp): the value is also the next state.
random(Value) -> (Value * 1309 + 13849) band 65535.

%% So many steps of it.
work(Seed, Steps) -> steps(Seed band 65535, Steps).
steps(Value, 0) -> Value;
steps(Value, Steps) -> steps(random(Value), Steps - 1).
