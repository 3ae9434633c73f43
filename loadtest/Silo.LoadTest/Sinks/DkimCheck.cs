using Silo.Core.Dkim;

namespace Silo.LoadTest.Sinks;

/// <summary>Looks at the signatures of a share of the messages. Safe for several threads.</summary>
internal sealed class DkimCheck(SinkChecks checks, TimeProvider time)
{
    private readonly TenantPattern? _domain =
        (checks.SigningDomain ?? checks.AuthorDomain) is { } pattern ? new TenantPattern(pattern) : null;

    private long _seen;

    /// <summary>Whether the next message is one of the share.</summary>
    public bool IsNext()
    {
        var seen = Interlocked.Increment(ref _seen);
        return Math.Floor(seen * checks.DkimShare) > Math.Floor((seen - 1) * checks.DkimShare);
    }

    /// <summary>Null when there is a signature of this content in the name of the tenant's domain.</summary>
    /// <param name="content">CRLF line ends, without dot-stuffing.</param>
    public string? Fault(ReadOnlyMemory<byte> content, int tenant)
    {
        var verdicts = DkimVerifier.Verify(content, checks.DkimKeys ?? (static _ => []), time.GetUtcNow());
        if (verdicts.Count == 0) return "it has no DKIM signature";
        foreach (var verdict in verdicts)
        {
            // The body is looked at before the key: without keys this is as far as it goes.
            var isGood = verdict.Result == DkimResult.Pass || (checks.DkimKeys is null && verdict.Result == DkimResult.NoKey);
            if (isGood && _domain?.IsOf(System.Text.Encoding.ASCII.GetBytes(verdict.Domain), tenant) != false) return null;
        }

        return "DKIM: " + string.Join(", ", verdicts.Select(v => $"{v.Result} for {v.Domain}"));
    }
}
