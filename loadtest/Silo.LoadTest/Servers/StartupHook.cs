using Silo.LoadTest.Servers;


/// <summary>
/// What the runtime calls in a server that a run started for itself (DOTNET_STARTUP_HOOKS), before its Main: the server itself knows
/// nothing of it. The name and the missing namespace are the runtime's demand.
/// </summary>
internal static class StartupHook
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private static Timer? _timer;

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(RuntimeSample.FileVariable) is not { Length: > 0 } file) return;
        // Programs that the server would start are not to be sampled.
        Environment.SetEnvironmentVariable(RuntimeSample.FileVariable, null);
        Environment.SetEnvironmentVariable("DOTNET_STARTUP_HOOKS", null);
        _timer = new Timer(_ => Write(file), null, TimeSpan.Zero, Interval);
    }

    private static void Write(string file)
    {
        var sample = new RuntimeSample(
            GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2), GC.GetGCMemoryInfo().HeapSizeBytes,
            GC.GetTotalAllocatedBytes(), GC.GetTotalPauseDuration().TotalMilliseconds);
        try
        {
            // Whoever reads sees a whole line or the one before.
            var temporary = file + ".next";
            File.WriteAllText(temporary, sample.ToString());
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The run has ended, or its disk is full: nobody misses a sample.
        }
    }
}
