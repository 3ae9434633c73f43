using Silo.Dns;

namespace Silo.Server.Delivery.Mx;

/// <summary>
/// The MTA-STS policies of domains (RFC 8461), kept for as long as they say and read again when the domain's record names another id. What
/// was read last counts until it is outdated, whatever becomes of the record: an attacker who hides it gains nothing. A domain whose policy
/// was never read has none. Bounded: beyond it a policy that was used long ago is forgotten. Thread-safe.
/// </summary>
internal sealed class MtaSts(DnsClient dns, MtaStsFetcher fetcher, TimeProvider time, int capacity, Action<string, string?> failed)
{
    // RFC 8461 3.3 asks for a limit to how often a policy that cannot be read is asked for.
    private static readonly TimeSpan FailurePause = TimeSpan.FromMinutes(5);

    // For policies that may hardly be kept at all, and ids that change with each answer.
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (_lock) return _entries.Count;
        }
    }

    /// <summary>The policy that a domain enforces; null when it enforces none.</summary>
    public async ValueTask<MtaStsPolicy?> Enforced(string domain, CancellationToken cancellationToken)
    {
        var answer = await dns.Query("_mta-sts." + domain, DnsRecordType.Txt, cancellationToken);
        var id = MtaStsPolicy.IdOf(answer.Records.OfType<TextRecord>().Select(r => r.Text));
        Task reading;
        Entry? entry;
        lock (_lock)
        {
            var known = _entries.TryGetValue(domain, out entry);
            if (entry is not null) entry.UsedAt = time.GetTimestamp();
            var now = time.GetUtcNow();
            if (id is null || (known && entry!.IsFresh(id, now))) return entry?.EnforcedAt(now);
            if (entry is null)
            {
                Trim();
                _entries.Add(domain, entry = new Entry { UsedAt = time.GetTimestamp() });
            }

            // Whoever comes meanwhile waits for the same answer.
            reading = entry.Reading ??= Read(domain, id, entry);
        }

        await reading.WaitAsync(cancellationToken);
        lock (_lock) return entry.EnforcedAt(time.GetUtcNow());
    }

    private async Task Read(string domain, string id, Entry entry)
    {
        // Not on the caller's token: others wait for it, and the fetcher has a limit of its own.
        await Task.Yield();
        var (policy, failure) = await fetcher.Fetch(domain, CancellationToken.None);
        if (policy is null) failed(domain, failure);
        lock (_lock)
        {
            entry.Reading = null;
            entry.NotBefore = time.GetUtcNow() + (policy is null ? FailurePause : Pause);
            if (policy is null) return;
            (entry.Policy, entry.Id, entry.Until) = (policy, id, time.GetUtcNow() + policy.MaxAge);
        }
    }

    private void Trim()
    {
        if (_entries.Count < capacity) return;
        // Seldom: a sixteenth goes at once.
        var unused = _entries.Where(e => e.Value.Reading is null).OrderBy(e => e.Value.UsedAt).Take(capacity / 16 + 1);
        foreach (var (domain, _) in unused.ToArray()) _entries.Remove(domain);
    }

    private sealed class Entry
    {
        public MtaStsPolicy? Policy { get; set; }

        public string? Id { get; set; }

        public DateTimeOffset Until { get; set; }

        public DateTimeOffset NotBefore { get; set; }

        public long UsedAt { get; set; }

        public Task? Reading { get; set; }

        /// <summary>Nothing is to be read: it was, or it failed a moment ago.</summary>
        public bool IsFresh(string id, DateTimeOffset now) => Reading is null && (now < NotBefore || (id == Id && now < Until));

        public MtaStsPolicy? EnforcedAt(DateTimeOffset now) => now < Until && Policy is { Mode: MtaStsMode.Enforce } policy ? policy : null;
    }
}
