namespace Silo.Core.Delivery;

/// <summary>What was learnt of a provider; see <see cref="DeferringProvider"/>.</summary>
public enum ProviderNews
{
    None,

    /// <summary>It puts off everything: nothing is handed over until its rest is over.</summary>
    Parked,

    /// <summary>It takes mail again.</summary>
    Works,
}

/// <summary>
/// Whether a mailbox provider puts off everything that it gets over one route. Then the route rests, for twice as long each time, and at
/// the end of each rest single hand-overs try whether it takes mail again: what waits meanwhile burns no attempt. The first mail that is
/// taken ends it.
/// </summary>
/// <remarks>
/// Counted are attempts that were put off in a row, none taken between them. What concerns one recipient (a full mailbox, greylisting) is
/// not counted, and neither is what was refused for good, except that neither lets a parked route go either. Mutable, owned by one loop;
/// about 100 bytes.
/// </remarks>
public sealed class DeferringProvider
{
    /// <summary>Attempts in a row before a route is parked.</summary>
    public const int Attempts = 20;

    /// <summary>Of so many tenants, or else over <see cref="Span"/>: the mail of one may deserve it, for a moment.</summary>
    public const int Tenants = 3;

    public static readonly TimeSpan Span = TimeSpan.FromSeconds(30);

    /// <summary>Attempts further apart say nothing together.</summary>
    public static readonly TimeSpan LongestGap = TimeSpan.FromMinutes(10);

    public static readonly TimeSpan ShortestRest = TimeSpan.FromSeconds(30);

    public static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(30);

    /// <summary>
    /// While fewer than <see cref="Tenants"/> were put off: the mail of others, which may be better, must not wait for long.
    /// </summary>
    public static readonly TimeSpan LongestRestOfFew = TimeSpan.FromMinutes(2);

    private readonly List<long> _tenants = new(Tenants);
    private int _inARow;
    private DateTimeOffset _since;
    private DateTimeOffset _latest;
    private int _rests;

    /// <summary>Until when the route rests; from then on one hand-over at a time tries it. Null while it is not parked.</summary>
    public DateTimeOffset? RestsUntil { get; private set; }

    /// <summary>What the provider said last.</summary>
    public string? Reason { get; private set; }

    /// <summary>To be kept with each hand-over that begins: what began before the present rest says nothing of its end.</summary>
    public int Round { get; private set; }

    public bool IsParked => RestsUntil is not null;

    public bool IsResting(DateTimeOffset now) => now < RestsUntil;

    /// <summary>Learns from the end of a hand-over.</summary>
    /// <param name="round">The <see cref="Round"/> in which it began.</param>
    /// <param name="jitter">0 to below 1, drawn by the caller: rests are up to a quarter longer.</param>
    public ProviderNews Learn(DeliveryResult result, long tenantKey, int round, DateTimeOffset now, double jitter)
    {
        if (IsTaken(result))
        {
            var wasParked = IsParked;
            Forget();
            return wasParked ? ProviderNews.Works : ProviderNews.None;
        }

        if (IsParked)
        {
            // Hand-overs that were under way together fail together: that was said. Blocks as well are a reason not to send the rest.
            var isTried = round == Round && now >= RestsUntil && (IsPutOff(result) || result.Kind == DeliveryResultKind.Blocked);
            if (!isTried) return ProviderNews.None;
        }
        else if (!IsPutOff(result))
        {
            return ProviderNews.None;
        }

        if (!IsParked && now - _latest > LongestGap) Forget();
        if (_inARow++ == 0) _since = now;
        _latest = now;
        if (_tenants.Count < Tenants && !_tenants.Contains(tenantKey)) _tenants.Add(tenantKey);
        if (!IsParked && (_inARow < Attempts || (_tenants.Count < Tenants && now - _since < Span))) return ProviderNews.None;
        Park(result, now, jitter);
        return ProviderNews.Parked;
    }

    /// <summary>An attempt that the provider put off, and not for the sake of one recipient.</summary>
    public static bool IsPutOff(DeliveryResult result) => result switch
    {
        // The catch-all for replies that nobody knows, and dialogues that broke off: alone they are taken for the recipient's.
        { Kind: DeliveryResultKind.Deferred, DeferralScope: DeferralScope.Recipient } => result.RuleName is null or "put-off",
        { Kind: DeliveryResultKind.Deferred } => true,
        { Kind: DeliveryResultKind.RouteFailed, Stage: DeliveryStage.Mail, RestsUntil: null, Reply.Code: >= 400 and < 500 } => true,
        _ => false,
    };

    // Refused for good for the recipient's sake: the provider looked at it. A bounce without its words is our own verdict.
    private static bool IsTaken(DeliveryResult result) => result is { Kind: DeliveryResultKind.Delivered or DeliveryResultKind.HandedOver }
        or { Kind: DeliveryResultKind.HardBounce or DeliveryResultKind.SoftBounce, Stage: >= DeliveryStage.Recipient, Reply: not null };

    private void Park(DeliveryResult result, DateTimeOffset now, double jitter)
    {
        var longest = _tenants.Count < Tenants ? LongestRestOfFew : LongestRest;
        var wait = ShortestRest * Math.Pow(2, Math.Min(_rests++, 20));
        if (wait > longest) wait = longest;
        RestsUntil = now + wait + (wait * (jitter / 4));
        Reason = result.Reply?.ToString() ?? result.Diagnostic;
        Round++;
    }

    private void Forget()
    {
        (RestsUntil, Reason, _inARow, _rests) = (null, null, 0, 0);
        _tenants.Clear();
    }
}
