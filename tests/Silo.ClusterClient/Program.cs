using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Silo.Orleans.Client;
using Silo.Server.Intake;

// Sends messages for a tenant through a cluster, as any .NET program can, and prints their ids.
if (args is not [var connectionString, var clusterName, var tenantName, var configurationSet, var from, var count]
    || !int.TryParse(count, out var messages))
{
    Console.Error.WriteLine("usage: Silo.ClusterClient <connection string> <cluster name> <tenant> <configuration set> <from> <messages>");
    return 2;
}

var builder = Host.CreateApplicationBuilder();
builder.Logging.ClearProviders().AddConsole(o => o.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
builder.AddSiloClusterClient(o => (o.ConnectionString, o.ClusterName) = (connectionString, clusterName));
using var host = builder.Build();
await host.StartAsync();
var intake = host.Services.GetRequiredService<IMessageIntake>();
var refused = 0;
for (var i = 1; i <= messages; i++)
{
    var reply = await intake.Send(
        new SendRequest
        {
            TenantName = tenantName, ConfigurationSetName = configurationSet, From = from, To = [$"r{i}@example.org"],
            Content = new SimpleContent(new SendText($"Message {i}", null), new SendText("Hello.", null), null, [], []),
        },
        CancellationToken.None);
    if (reply.MessageId is not null) Console.WriteLine(reply.MessageId);
    else Console.Error.WriteLine($"{++refused} refused: {reply.Refusal}: {reply.Message}");
}

await host.StopAsync();
return refused == 0 ? 0 : 1;
