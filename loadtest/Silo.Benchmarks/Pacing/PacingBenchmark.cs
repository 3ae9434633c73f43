using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Silo.Benchmarks.Pacing;

/// <summary>
/// What pacing costs on one core, by BenchmarkDotNet; or, in a few seconds and by time of the processor, on a machine where others work too.
/// </summary>
internal static class PacingBenchmark
{
    public const string Usage = "[quick [messages, default 2000000]]";

    public static Task<int> Run(string[] arguments)
    {
        if (arguments is ["quick", .. var rest])
        {
            RunQuickly(rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 2_000_000);
            return Task.FromResult(0);
        }

        if (arguments.Length > 0)
        {
            Console.Error.WriteLine($"usage: Silo.Benchmarks pacing {Usage}");
            return Task.FromResult(2);
        }

        // In this process: what is measured is one thread's arithmetic, and a build of its own for each case takes longer than the case.
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance))
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddColumn(StatisticColumn.OperationsPerSecond)
            .AddLogger(ConsoleLogger.Default);
        var summaries = BenchmarkRunner.Run([typeof(RulesBenchmarks), typeof(DispatchBenchmarks)], config);
        return Task.FromResult(summaries.Any(s => s.HasCriticalValidationErrors || s.Reports.Any(r => !r.Success)) ? 1 : 0);
    }

    private static void RunQuickly(int messages)
    {
        Console.WriteLine("admit + release + record, one message at a time:");
        foreach (var tenants in new[] { 1_000, 100_000 }) Print(tenants, "tenants", messages, new PacedTenants(tenants, 1e9), w => w.OneByOne(messages));
        Console.WriteLine("starts from a backlog, the account contended:");
        foreach (var tenants in new[] { 1, 1_000, 100_000 })
        {
            var paced = new PacedTenants(tenants, 1e6);
            paced.FillBacklog(1_000_000);
            Print(tenants, "tenants due", messages, paced, w => w.Drain(messages));
        }
    }

    private static void Print(int tenants, string what, int messages, PacedTenants paced, Action<PacedTenants> run)
    {
        run(paced);
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        // Time of the processor: "on one core" must not depend on who else is on the machine.
        var began = Environment.CpuUsage.TotalTime;
        run(paced);
        var took = Environment.CpuUsage.TotalTime - began;
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        Console.WriteLine(FormattableString.Invariant(
            $"  {tenants,7} {what}: {messages / took.TotalSeconds,12:N0} messages/s, {took.TotalNanoseconds / messages,6:N0} ns, {(double)bytes / messages:F3} B a message"));
    }
}
