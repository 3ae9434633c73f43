namespace Silo.LoadTest.Sinks.Providers;

/// <summary>How one mailbox provider behaves. Shares are parts of 1, drawn from seed and recipient: a run can be repeated.</summary>
internal sealed record ProviderProfile
{
    /// <summary>1 to 50 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Recipients' domains, in lower case; empty: everybody whom no other profile names.</summary>
    public IReadOnlyList<string> Domains { get; init; } = [];

    /// <summary>From the final dot to its reply, in ms, even between the two; 0 to 600,000.</summary>
    public int MinLatencyMs { get; init; }

    public int MaxLatencyMs { get; init; }

    /// <summary>Before each reply of a connection that has mail for it, in ms: 0 to 600,000.</summary>
    public int TarpitMs { get; init; }

    /// <summary>Of attempts, drawn anew for each.</summary>
    public double DeferralShare { get; init; }

    /// <summary>Of recipients.</summary>
    public double HardBounceShare { get; init; }

    /// <summary>Of recipients, refused behind the content.</summary>
    public double SoftBounceShare { get; init; }

    /// <summary>Of what is delivered.</summary>
    public double ComplaintShare { get; init; }

    /// <summary>From the delivery to its complaint, in ms: 0 to 600,000.</summary>
    public int ComplaintDelayMs { get; init; }

    /// <summary>Deliveries a second beyond which it says <see cref="RateLimitReply"/>; 0: no limit.</summary>
    public double RatePerSecond { get; init; }

    /// <summary>At once; 1 and up where there is a rate.</summary>
    public double Burst { get; init; } = 1;

    /// <summary>In the provider's wording. One with 421 closes the connection.</summary>
    public string RateLimitReply { get; init; } = "451 4.7.1 Too many messages from this source, slow down";

    public string DeferralReply { get; init; } = "451 4.3.0 Temporary system problem. Try again later";

    public string HardBounceReply { get; init; } = "550 5.1.1 No such user here";

    public string SoftBounceReply { get; init; } = "552 5.2.2 The mailbox is over quota";

    /// <summary>All that is wrong with it, by member.</summary>
    public IEnumerable<string> Errors()
    {
        if (Name.Length is < 1 or > 50) yield return "Name must have 1 to 50 characters.";
        foreach (var (member, share) in new[]
        {
            (nameof(DeferralShare), DeferralShare), (nameof(HardBounceShare), HardBounceShare), (nameof(SoftBounceShare), SoftBounceShare),
            (nameof(ComplaintShare), ComplaintShare),
        })
        {
            if (share is not (>= 0 and <= 1)) yield return $"{Name}: {member} must be 0 to 1.";
        }

        if (HardBounceShare + SoftBounceShare > 1)
            yield return $"{Name}: {nameof(HardBounceShare)} and {nameof(SoftBounceShare)} must not add up to more than 1.";
        foreach (var (member, ms) in new[]
        {
            (nameof(MinLatencyMs), MinLatencyMs), (nameof(MaxLatencyMs), MaxLatencyMs), (nameof(TarpitMs), TarpitMs),
            (nameof(ComplaintDelayMs), ComplaintDelayMs),
        })
        {
            if (ms is < 0 or > 600_000) yield return $"{Name}: {member} must be 0 to 600,000.";
        }

        if (RatePerSecond is not (>= 0 and <= 1e9)) yield return $"{Name}: {nameof(RatePerSecond)} must be 0 to 1,000,000,000.";
        if (Burst is not (>= 1 and <= 1e9)) yield return $"{Name}: {nameof(Burst)} must be 1 to 1,000,000,000.";
        foreach (var (member, reply, classes) in new[]
        {
            (nameof(RateLimitReply), RateLimitReply, "4"), (nameof(DeferralReply), DeferralReply, "4"),
            (nameof(HardBounceReply), HardBounceReply, "5"), (nameof(SoftBounceReply), SoftBounceReply, "5"),
        })
        {
            if (!IsReply(reply, classes))
                yield return $"{Name}: {member} must be one line of {classes}xx with a text, at most 400 characters.";
        }
    }

    private static bool IsReply(string reply, string firstDigit) =>
        reply.Length is > 4 and <= 400 && reply.StartsWith(firstDigit, StringComparison.Ordinal) && char.IsAsciiDigit(reply[1])
        && char.IsAsciiDigit(reply[2]) && reply[3] == ' ' && reply.All(c => c is >= ' ' and <= '~');
}
