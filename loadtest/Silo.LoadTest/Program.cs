using System.CommandLine;
using Silo.LoadTest.Commands;
using Silo.LoadTest.Peers;
using Silo.LoadTest.Reports;
using Silo.LoadTest.Sinks;

return await new RootCommand("Puts load on a mail server that you own, and checks what comes out of it.")
{
    RunCommand.Make(), ListCommand.Make(), SinkCommand.Create(), CompareCommand.Make(), CompareCommand.MakeReport(),
    PeersCommand.Make(),
}.Parse(args).InvokeAsync();
