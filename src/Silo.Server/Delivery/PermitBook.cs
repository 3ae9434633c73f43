using Silo.Core.Addresses;
using Silo.Server.Tenants;

namespace Silo.Server.Delivery;

/// <summary>
/// What became of a tenant's permits and is to be told to it: until then it holds tokens for them. Owned by the dispatcher's loop, but for
/// <see cref="CountStart"/>.
/// </summary>
internal sealed class PermitBook
{
    private readonly Dictionary<(string Provider, PermitTerm Term), int> _returned = [];
    private int _started;

    /// <summary>Permits with which nothing started.</summary>
    public int Unused { get; set; }

    /// <summary>Some of them were given under a cap of a warm-up, and others may have them.</summary>
    public bool HasReturned => _returned.Count > 0;

    /// <summary>A queue that goes without a word takes their tokens along for good.</summary>
    public bool HasUntold => Unused > 0 || Volatile.Read(ref _started) > 0;

    /// <summary>A hand-over passed the gate. May be called by any thread.</summary>
    public void CountStart() => Interlocked.Increment(ref _started);

    /// <summary>So many permits for a provider have no hand-over: besides being unused they are given back to the hour that they were for.</summary>
    public void Return(MailboxProvider provider, PermitTerm? term, int count)
    {
        if (count == 0 || term?.Until is null) return;
        _returned[(provider.Name, term)] = _returned.GetValueOrDefault((provider.Name, term)) + count;
    }

    /// <summary>Takes what is to be told out of here.</summary>
    public PermitUse Take(int unresolved, int unsettled)
    {
        var use = new PermitUse(Interlocked.Exchange(ref _started, 0), Unused, unresolved)
        {
            Unsettled = unsettled,
            Returned = HasReturned ? [.. _returned.Select(r => new ReturnedPermits(r.Key.Provider, r.Key.Term, r.Value))] : null,
        };
        Clear();
        return use;
    }

    /// <summary>What was to be told did not arrive: it is still to be told.</summary>
    public void NotTold(PermitUse use)
    {
        Unused += use.Unused;
        Interlocked.Add(ref _started, use.Started);
        foreach (var (provider, term, count) in use.Returned ?? [])
            _returned[(provider, term)] = _returned.GetValueOrDefault((provider, term)) + count;
    }

    /// <summary>Nothing is to be told of what did not start.</summary>
    public void Clear()
    {
        Unused = 0;
        _returned.Clear();
    }
}
