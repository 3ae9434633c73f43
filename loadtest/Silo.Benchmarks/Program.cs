using System.Globalization;
using Silo.Benchmarks.Cluster;
#if ORLEANS
using Silo.Benchmarks.Grains;
#endif
using Silo.Benchmarks.Insights;
using Silo.Benchmarks.Metrics;
using Silo.Benchmarks.Pacing;
using Silo.Benchmarks.QueueControl;
using Silo.Benchmarks.Pause;
using Silo.Benchmarks.Relay;
using Silo.Benchmarks.Reputation;
using Silo.Benchmarks.Send;
using Silo.Benchmarks.SmtpPath;
using Silo.Benchmarks.Storage;

return args switch
{
    ["storage", .. var rest] => await StorageBenchmark.Run(StorageBenchmarkOptions.Parse(rest)),
    ["send", .. var rest] => await SendBenchmark.Run(SendBenchmarkOptions.Parse(rest)),
    ["insights", .. var rest] => await InsightBenchmark.Run(rest),
    ["cluster", .. var rest] => await ClusterBenchmark.Run(ClusterBenchmarkOptions.Parse(rest)),
    ["pacing", .. var rest] => await PacingBenchmark.Run(rest),
    ["fairness", .. var rest] => await FairnessBenchmark.Run(rest),
    ["drain", .. var rest] => await DrainBenchmark.Run(rest),
    ["limiter", .. var rest] => await LimiterBenchmark.Run(rest),
    ["relay", .. var rest] => await RelayBenchmark.Run(rest),
    ["campaign", .. var rest] => await CampaignBenchmark.Run(rest),
    ["pause", .. var rest] => await PauseBenchmark.Run(rest),
    ["reputation", .. var rest] => await ReputationStudy.Run(rest),
    ["takeover", .. var rest] => await TakeoverBenchmark.Run(rest),
    ["metrics", .. var rest] => await MetricsBenchmark.Run(rest),
    ["claims", .. var rest] => await ClaimsBenchmark.Run(rest),
#if ORLEANS
    ["grains", .. var rest] => await GrainBenchmark.Run(rest),
    ["actives", .. var rest] => await ActivesBenchmark.Run(rest),
    [MeasuredSilo.Verb] => await MeasuredSilo.Run(),
#endif
    ["smtp", .. var rest] => await SmtpPathBenchmark.Run(rest),
    ["send-empty"] => await SendServer.RunEmpty(),
    ["send-server", var mail and ("leaves" or "waits"), var tenants] =>
        await SendServer.RunReal(mail == "leaves", Whole(tenants)),
    [SmtpPathBenchmark.ServerVerb, var port, var connections, var tenants, var signing] => await SendServer.RunRelay(
        Whole(port), Whole(connections), Whole(tenants), signing == "signed"),
    _ => Usage(),
};

static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static int Usage()
{
    Console.Error.WriteLine($"usage: Silo.Benchmarks storage {StorageBenchmarkOptions.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks send {SendBenchmarkOptions.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks insights {InsightBenchmark.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks smtp {SmtpPathBenchmark.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks cluster {ClusterBenchmarkOptions.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks pacing {PacingBenchmark.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks fairness {FairnessBenchmark.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks drain {DrainBenchmark.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks limiter {LimiterBenchmark.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks relay {RelayBenchmark.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks campaign {CampaignBenchmark.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks pause {PauseBenchmark.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks reputation {ReputationStudy.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks takeover {TakeoverBenchmark.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks metrics {MetricsBenchmark.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks claims {ClaimsBenchmark.Usage}");
#if ORLEANS
    Console.Error.WriteLine($"       Silo.Benchmarks grains {GrainBenchmark.Usage}");
    Console.Error.WriteLine($"       Silo.Benchmarks actives {ActivesBenchmark.Usage}");
#else
    Console.Error.WriteLine("       built with -p:Orleans=true also: grains, actives");
#endif
    return 2;
}
