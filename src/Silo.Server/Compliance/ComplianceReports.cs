using Silo.Core.Compliance;

namespace Silo.Server.Compliance;

/// <summary>
/// Keeps each tenant's report for some minutes, and looks once at a time for each: a look takes up to 15 s and many questions to name servers,
/// and a tenant's own key may ask for it. Safe for several threads.
/// </summary>
internal sealed class ComplianceReports(Func<string, CancellationToken, ValueTask<ComplianceReport?>> look, TimeProvider time)
{
    /// <summary>Tenants whose reports are kept; above it the oldest goes.</summary>
    public const int MaxKept = 1_000;

    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (DateTimeOffset At, Task<ComplianceReport?> Report)> _kept = new(StringComparer.Ordinal);

    /// <summary>Null when there is no such tenant.</summary>
    public Task<ComplianceReport?> Of(string tenantName, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_kept.TryGetValue(tenantName, out var kept) && !IsOver(kept, now)) return kept.Report.WaitAsync(cancellationToken);
            _kept.Remove(tenantName);
            if (_kept.Count >= MaxKept) _kept.Remove(_kept.MinBy(k => k.Value.At).Key);
            // Others wait for the same look, so it does not end with whoever asked first.
            var report = Task.Run(() => look(tenantName, CancellationToken.None).AsTask(), CancellationToken.None);
            _kept.Add(tenantName, (now, report));
            return report.WaitAsync(cancellationToken);
        }
    }

    private static bool IsOver((DateTimeOffset At, Task<ComplianceReport?> Report) kept, DateTimeOffset now) =>
        kept.Report.IsCompleted && (!kept.Report.IsCompletedSuccessfully || kept.Report.Result is null || now < kept.At || now - kept.At >= KeptFor);
}
