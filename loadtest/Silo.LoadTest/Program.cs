using System.CommandLine;
using Silo.LoadTest.Commands;
using Silo.LoadTest.Sinks;

return await new RootCommand("Puts load on a mail server that you own, and checks what comes out of it.")
{
    RunCommand.Make(), ListCommand.Make(), SinkCommand.Create(),
}.Parse(args).InvokeAsync();
