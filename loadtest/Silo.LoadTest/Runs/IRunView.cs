namespace Silo.LoadTest.Runs;

/// <summary>What a person sees while a run goes on.</summary>
internal interface IRunView
{
    /// <summary>What begins now, in words.</summary>
    void Say(string what);

    /// <summary>Once a second while mail goes in and out.</summary>
    void Show(RunSnapshot snapshot);
}

/// <summary>A run at an instant; rates and latencies are of the second before.</summary>
/// <param name="Seconds">Since it began to send.</param>
/// <param name="LatencyP99">From the intended time to the answer, in ms; null when nothing was answered.</param>
/// <param name="CpuShare">Of the server, in cores; null when nobody knows.</param>
internal sealed record RunSnapshot(
    double Seconds, long Accepted, double AcceptedPerSecond, double DeliveredPerSecond, long Queue, double? LatencyP50, double? LatencyP99,
    double? CpuShare, double? MemoryMebibytes, long NotAccepted);

/// <summary>Nobody looks.</summary>
internal sealed class NoView : IRunView
{
    public void Say(string what)
    {
    }

    public void Show(RunSnapshot snapshot)
    {
    }
}
