using Silo.Core.Delivery;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;

namespace Silo.Core.Tests.Tenants;

/// <summary>A tenant's life by a seed: units that are accepted, leave, bounce late, are complained about, and decisions of people in between.</summary>
internal sealed class TenantHistory
{
    private static readonly string[] Domains = ["gmail.com", "yahoo.com", "outlook.com", "shop.example", "gmx.de", "icloud.com"];

    private readonly Random _random;
    private readonly double _bounces;
    private readonly List<(DateTimeOffset SentAt, UnitState State)> _left = [];
    private readonly long[] _states = new long[8];
    private DateTimeOffset _now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
    private long _open;
    private long _message;
    private long _duplicates;
    private long _setAside;

    public TenantHistory(int seed)
    {
        _random = new Random(seed);
        // From spotless to a bought list, so that findings open, change and close.
        _bounces = _random.Next(4) switch { 0 => 0.01, 1 => 0.12, 2 => 0.3, _ => _random.NextDouble() };
    }

    public DateTimeOffset Start { get; } = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    /// <summary>The books as the units know them.</summary>
    public TenantBooks Books => new()
    {
        Accepted = _open + _states[..7].Sum(), HandedOver = _states[0], Delivered = _states[1], Bounced = _states[2], Suppressed = _states[3],
        Expired = _states[4], Cancelled = _states[5], Rejected = _states[6], PossibleDuplicates = _duplicates, SetAside = _setAside,
    };

    public TenantEvent NextFact()
    {
        _now += _random.Next(200) == 0 ? TimeSpan.FromHours(_random.Next(1, 72)) : TimeSpan.FromMilliseconds(_random.Next(30_000));
        var fact = Draw() with { At = _now };
        if (fact.Kind == TenantEventKind.Accepted) return fact;
        return fact with
        {
            FeedbackLoop = _random.Next(2) == 0, Simulated = _random.Next(50) == 0, MessageId = "m" + _random.Next(1_000),
            Recipient = "someone@" + Domains[_random.Next(Domains.Length)],
            OwnDomain = fact.Kind == TenantEventKind.HardBounced && _random.Next(30) == 0,
        };
    }

    /// <summary>What a person decides now and then, as the actor writes it.</summary>
    public TenantEvent? NextDecision(TenantStanding standing)
    {
        if (_random.Next(60) != 0) return null;
        var change = _random.Next(4) switch
        {
            0 => StandingRules.SetCustomerStatus(standing, SendingStatus.Disabled, "By hand.", _now),
            1 => StandingRules.SetPlatformStatus(standing, (SendingStatus)_random.Next(3), "By the operator.", _now),
            2 when _random.Next(2) == 0 => StandingRules.SetPolicy(standing, NextPolicy(), _now),
            2 => StandingRules.SetPolicy(standing, (ReputationPolicy)_random.Next(3), _now),
            _ => StandingRules.SetCustomerStatus(standing, SendingStatus.Enabled, "By hand.", _now),
        };
        return new TenantEvent { Kind = TenantEventKind.StatusChanged, At = _now, Standing = change.Next, Origin = StatusOrigin.CustomerManaged };
    }

    private CustomPolicy NextPolicy() => new()
    {
        Name = "own", Revision = _random.Next(1, 1_000), ErrorLevel = _random.Next(2) == 0 ? 0.01 : null,
        Findings =
        [
            new FindingPolicy
            {
                Type = FindingType.Bounce, Low = 0.03 + (_random.NextDouble() * 0.1), VolumeFloor = _random.Next(20, 200),
                OnLow = new PolicyAction(PolicyActionKind.Throttle, 0.5), OnHigh = new PolicyAction(PolicyActionKind.ParkProvider),
            },
            new FindingPolicy { Type = FindingType.FeedbackThirdParty, Low = _random.Next(1, 4), OnHigh = PolicyAction.Pause },
            new FindingPolicy { Type = FindingType.Volume, VolumeFloor = 10, Low = 2, High = 3 },
        ],
    };

    private ExternalReport NextReport() => new()
    {
        Source = "source-" + _random.Next(3), Kind = (ExternalReportKind)_random.Next(5), Count = _random.Next(1, 4),
        MessageId = _random.Next(2) == 0 ? "m" + _random.Next(100) : null,
    };

    private TenantEvent Draw()
    {
        if (_random.Next(150) == 0) return new TenantEvent { Kind = TenantEventKind.ExternalReported, Units = 0, Report = NextReport() };
        var dice = _random.Next(100);
        if (_open == 0 || dice < 12)
        {
            var units = _random.Next(1, 30);
            _open += units;
            return new TenantEvent { Kind = TenantEventKind.Accepted, MessageId = "m" + _message++, Units = units };
        }

        if (dice < 22 && _left.Count > 0) return Late();
        switch (dice)
        {
            case < 26: return new TenantEvent { Kind = TenantEventKind.Deferred, SentAt = _now, RetryAt = _now, Attempts = 2 };
            case < 28:
                _duplicates++;
                return new TenantEvent { Kind = TenantEventKind.PossibleDuplicate, SentAt = _now };
            case < 29:
                _setAside++;
                return new TenantEvent { Kind = TenantEventKind.SetAside };
            case < 30: return Final(3, new TenantEvent { Kind = TenantEventKind.Suppressed, Bounce = BounceSubType.OnAccountSuppressionList });
            case < 31: return Final(4, new TenantEvent { Kind = TenantEventKind.Expired, SentAt = _now });
            case < 32: return Final(5, new TenantEvent { Kind = TenantEventKind.Cancelled });
            case < 33: return Final(6, new TenantEvent { Kind = TenantEventKind.Rejected });
            case < 35: return Final(2, new TenantEvent { Kind = TenantEventKind.Blocked, SentAt = _now, Diagnostic = "550 5.7.1 no" });
            case < 37: return Final(2, new TenantEvent { Kind = TenantEventKind.SoftBounced, SentAt = _now, Bounce = BounceSubType.MailboxFull });
        }

        if (_random.NextDouble() < _bounces) return Final(2, new TenantEvent { Kind = TenantEventKind.HardBounced, SentAt = _now });
        var handedOver = _random.Next(2) == 0;
        _left.Add((_now, handedOver ? UnitState.HandedOver : UnitState.Delivered));
        return Final(handedOver ? 0 : 1, new TenantEvent { Kind = handedOver ? TenantEventKind.HandedOver : TenantEventKind.Delivered, SentAt = _now });
    }

    private TenantEvent Late()
    {
        var which = _random.Next(_left.Count);
        var (sentAt, state) = _left[which];
        if (_random.Next(2) == 0) return new TenantEvent { Kind = TenantEventKind.Complained, SentAt = sentAt, ComplaintType = "abuse" };
        if (_random.Next(4) == 0)
            return new TenantEvent { Kind = TenantEventKind.Opened + _random.Next(3), SentAt = sentAt };
        _left.RemoveAt(which);
        _states[state == UnitState.HandedOver ? 0 : 1]--;
        var delivered = state == UnitState.HandedOver && _random.Next(2) == 0;
        _states[delivered ? 1 : 2]++;
        return new TenantEvent { Kind = delivered ? TenantEventKind.Delivered : TenantEventKind.HardBounced, SentAt = sentAt, Previous = state };
    }

    private TenantEvent Final(int state, TenantEvent e)
    {
        _open--;
        _states[state]++;
        return e;
    }
}
