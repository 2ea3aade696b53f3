%% SPDX-License-Identifier: BSD-3-Clause
%% What every Erlang benchmark shares: `run(DefaultCount, Body)` times Body(Count, Form), which
%% returns {Count, Good}, prints the line of JSON and ends the node.
-module(bench_program).
-export([run/2]).

run(DefaultCount, Body) ->
    {Count, Form} = parse(init:get_plain_arguments(), DefaultCount, ""),
    Start = erlang:monotonic_time(nanosecond),
    {Done, Good} = Body(Count, Form),
    Seconds = (erlang:monotonic_time(nanosecond) - Start) / 1.0e9,
    Check = case Good of true -> "ok"; false -> "failed" end,
    io:format("{\"count\":~b,\"seconds\":~.9f,\"check\":\"~s\",\"max_rss_kb\":~b}~n",
              [Done, Seconds, Check, peak_kb()]),
    halt(case Good of true -> 0; false -> 1 end).

parse(["--count", N | Rest], _, Form) -> parse(Rest, list_to_integer(N), Form);
parse(["--form", Form | Rest], Count, _) -> parse(Rest, Count, Form);
parse([], Count, Form) -> {Count, Form};
parse(_, _, _) ->
    io:format(standard_error, "usage: [--count N] [--form NAME]~n", []),
    halt(2).

peak_kb() ->
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [Kb]} = re:run(Status, "VmHWM:\\s*(\\d+)", [{capture, all_but_first, list}]),
    list_to_integer(Kb).
