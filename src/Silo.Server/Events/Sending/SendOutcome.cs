namespace Silo.Server.Events.Sending;

/// <summary>
/// What became of an attempt to tell an endpoint of notices. Reasons are the ends of sentences, for people and for the log.
/// </summary>
internal abstract record SendOutcome
{
    private SendOutcome()
    {
    }

    /// <summary>The beginning of what the endpoint said. Not for the log: it may hold what was sent to it.</summary>
    public string? Said { get; init; }

    /// <summary>The endpoint has them.</summary>
    public sealed record Taken : SendOutcome
    {
        public static Taken Instance { get; } = new();
    }

    /// <summary>The endpoint takes nothing now: it is away, slow, overloaded, or turns this server away.</summary>
    /// <param name="RetryAfter">As it asked for.</param>
    public sealed record NotNow(string Reason, TimeSpan? RetryAfter = null) : SendOutcome;

    /// <summary>The endpoint is there and does not take these notices; it may take others.</summary>
    public sealed record Refused(string Reason) : SendOutcome;

    /// <summary>It asks for confirmation first, which has not come yet. Nothing of the notices left.</summary>
    public sealed record Unconfirmed(string Reason) : SendOutcome;

    /// <summary>It wants no more, for good.</summary>
    public sealed record Gone(string Reason) : SendOutcome;

    /// <summary>Null when they were taken.</summary>
    public string? Why => this switch
    {
        NotNow o => o.Reason,
        Refused o => o.Reason,
        Unconfirmed o => o.Reason,
        Gone o => o.Reason,
        _ => null,
    };
}
