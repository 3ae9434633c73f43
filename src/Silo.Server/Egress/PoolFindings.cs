using Silo.Core.Reputation;

namespace Silo.Server.Egress;

/// <param name="Provider">The mailbox provider, as metrics print it.</param>
public sealed record PoolFinding(string Pool, string Provider, RouteFinding Finding);

/// <summary>
/// Findings about the pools of this silo, as the mail that it sends itself shows them: those that are open, and the last
/// <see cref="MaxClosed"/> that closed. Safe for several threads; a restart forgets them.
/// </summary>
public sealed class PoolFindings
{
    public const int MaxClosed = 100;

    private readonly Lock _lock = new();
    private IReadOnlyList<PoolFinding> _all = [];

    /// <summary>The newest last.</summary>
    public IReadOnlyList<PoolFinding> Of(string pool)
    {
        lock (_lock) return [.. _all.Where(f => f.Pool == pool)];
    }

    /// <summary>A finding was opened, closed, or has other numbers.</summary>
    internal void Put(PoolFinding finding)
    {
        lock (_lock)
        {
            var others = _all.Where(f => !IsSame(f, finding)).ToArray();
            var closed = others.Count(f => f.Finding.ClosedAt is not null);
            _all = [.. others.Where(f => f.Finding.ClosedAt is null || closed-- <= MaxClosed), finding];
        }
    }

    private static bool IsSame(PoolFinding one, PoolFinding other) =>
        (one.Pool, one.Provider, one.Finding.Type, one.Finding.OpenedAt)
        == (other.Pool, other.Provider, other.Finding.Type, other.Finding.OpenedAt);
}
