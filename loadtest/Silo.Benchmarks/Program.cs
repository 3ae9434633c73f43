using Silo.Benchmarks.Storage;

return args switch
{
    ["storage", .. var rest] => await StorageBenchmark.Run(StorageBenchmarkOptions.Parse(rest)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine($"usage: Silo.Benchmarks storage {StorageBenchmarkOptions.Usage}");
    return 2;
}
