using Silo.Core.Addresses;
using Silo.Server.Tenants;

namespace Silo.Server.Delivery;

/// <summary>
/// What became of a tenant's permits and is to be told to it: until then it holds tokens for them. Owned by the dispatcher's loop, but for
/// <see cref="CountStart"/>.
/// </summary>
internal sealed class PermitBook
{
    private readonly Dictionary<(string Provider, string? SendingDomain, PermitTerm Term), int> _returned = [];
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
    /// <param name="sendingDomain">As they were asked for, or of a unit that had one.</param>
    public void Return(MailboxProvider provider, string? sendingDomain, PermitTerm? term, int count)
    {
        if (count == 0 || term?.Until is null) return;
        Add((provider.Name, sendingDomain, term), count);
    }

    /// <summary>Takes what is to be told out of here.</summary>
    public PermitUse Take(int unresolved, int unsettled)
    {
        var use = new PermitUse(Interlocked.Exchange(ref _started, 0), Unused, unresolved)
        {
            Unsettled = unsettled,
            Returned = HasReturned
                ?
                [
                    .. from each in _returned
                       let of = each.Key
                       select new ReturnedPermits(of.Provider, of.Term, each.Value) { SendingDomain = of.SendingDomain },
                ]
                : null,
        };
        Clear();
        return use;
    }

    /// <summary>What was to be told did not arrive: it is still to be told.</summary>
    public void NotTold(PermitUse use)
    {
        Unused += use.Unused;
        Interlocked.Add(ref _started, use.Started);
        foreach (var each in use.Returned ?? []) Add((each.Provider, each.SendingDomain, each.Term), each.Count);
    }

    /// <summary>Nothing is to be told of what did not start.</summary>
    public void Clear()
    {
        Unused = 0;
        _returned.Clear();
    }

    private void Add((string Provider, string? SendingDomain, PermitTerm Term) permits, int count) =>
        _returned[permits] = _returned.GetValueOrDefault(permits) + count;
}
