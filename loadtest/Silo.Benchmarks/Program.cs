using System.Globalization;
using Silo.Benchmarks.Cluster;
using Silo.Benchmarks.Load;
using Silo.Benchmarks.Send;
using Silo.Benchmarks.Storage;

return args switch
{
    ["storage", .. var rest] => await StorageBenchmark.Run(StorageBenchmarkOptions.Parse(rest)),
    ["send", .. var rest] => await SendBenchmark.Run(SendBenchmarkOptions.Parse(rest)),
    ["cluster", .. var rest] => await ClusterBenchmark.Run(ClusterBenchmarkOptions.Parse(rest)),
    ["load", .. var rest] when LoadOptions.Parse(rest) is { } load => await LoadCommand.Run(load),
    ["send-empty"] => await SendServer.RunEmpty(),
    ["send-server", var mail and ("leaves" or "waits"), var tenants] =>
        await SendServer.RunReal(mail == "leaves", int.Parse(tenants, CultureInfo.InvariantCulture)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine($"usage: Silo.Benchmarks storage {StorageBenchmarkOptions.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks send {SendBenchmarkOptions.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks cluster {ClusterBenchmarkOptions.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks load {LoadOptions.Usage}");
    return 2;
}
