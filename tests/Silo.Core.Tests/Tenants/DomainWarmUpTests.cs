using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Core.WarmUp;
using Xunit;

namespace Silo.Core.Tests.Tenants;

public class DomainWarmUpTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Each_domain_has_its_own_first_day_and_counts_what_left_for_it_alone()
    {
        var ledger = With([24, 48]);
        Begin(ledger, "a.example", Start.AddMinutes(30));
        Sent(ledger, "a.example", Start.AddMinutes(31));
        Sent(ledger, "a.example", Start.AddMinutes(32), "r@gmail.com");
        Begin(ledger, "b.example", Start.AddHours(25));
        Sent(ledger, "b.example", Start.AddHours(25.1));
        var now = Start.AddHours(25.5);
        Assert.Equal((1, 0L), At(ledger, "a.example", null, now));
        Assert.Equal((0, 1L), At(ledger, "b.example", null, now));
        Assert.Equal(Start.AddMinutes(30), ledger.WarmUp.Of("a.example")!.StartedAt);
        Assert.Null(ledger.WarmUp.MeterFor(null, now));
    }

    [Fact]
    public void A_cap_towards_a_provider_is_counted_for_each_domain_by_itself()
    {
        var ledger = With([24, 48]);
        Begin(ledger, "a.example", Start);
        Begin(ledger, "b.example", Start);
        Sent(ledger, "a.example", Start, "r@gmail.com");
        Sent(ledger, "a.example", Start, "r@example.org");
        Assert.Equal(((0, 2L), (0, 1L)), (At(ledger, "a.example", null, Start), At(ledger, "a.example", "Gmail", Start)));
        Assert.Equal(((0, 0L), (0, 0L)), (At(ledger, "b.example", null, Start), At(ledger, "b.example", "Gmail", Start)));
    }

    [Fact]
    public void Domains_beyond_the_hundredth_share_one_warm_up_with_mail_that_does_not_tell_its_domain()
    {
        var ledger = With([24, 48]);
        for (var i = 0; i < WarmUpLedger.MaxDomains; i++)
        {
            Assert.Equal($"d{i}.example", ledger.WarmUp.KeyOf($"d{i}.example"));
            Begin(ledger, $"d{i}.example", Start);
        }

        Assert.Equal(["*", "*", "d0.example"], new[] { "late.example", null, "d0.example" }.Select(ledger.WarmUp.KeyOf));
        Assert.Null(ledger.WarmUp.Of("*"));
        Begin(ledger, "late.example", Start);
        Sent(ledger, "late.example", Start);
        Sent(ledger, "later.example", Start);
        Sent(ledger, null, Start);
        Assert.Equal((0, 3L), At(ledger, "*", null, Start));
        Assert.Equal(WarmUpLedger.MaxDomains + 1, ledger.WarmUp.All.Count);
        Assert.Equal((0, 0L), At(ledger, "d0.example", null, Start));
    }

    [Fact]
    public void A_unit_in_hand_at_a_crash_begins_the_warm_up_of_its_domain_and_feedback_of_no_domain_is_about_none()
    {
        var ledger = With([24, 48]);
        ledger.Append(new TenantEvent
        {
            Kind = TenantEventKind.PossibleDuplicate, At = Start.AddHours(2), Attempts = 1, Recipient = "r@gmail.com",
            SendingDomain = "a.example",
        });
        Assert.Equal((0, 1L), At(ledger, "a.example", null, Start.AddHours(2)));
        Sent(ledger, "a.example", Start.AddHours(2));
        Assert.Equal(1, ledger.WarmUp.Of("a.example")!.MeterFor(null, Start.AddHours(2))!.State.Delivered);
        var bounce = new TenantEvent
        {
            Kind = TenantEventKind.HardBounced, At = Start.AddHours(3), SentAt = Start.AddHours(2), Previous = UnitState.Delivered,
        };
        Sent(ledger, null, Start.AddHours(2));
        ledger.Append(bounce);
        Assert.Equal(1, ledger.WarmUp.Of("*")!.MeterFor(null, Start.AddHours(3))!.State.Delivered);
        Assert.Equal(1, ledger.WarmUp.Of("a.example")!.MeterFor(null, Start.AddHours(3))!.State.Delivered);
        ledger.Append(bounce with { SendingDomain = "a.example" });
        Assert.Equal(0, ledger.WarmUp.Of("a.example")!.MeterFor(null, Start.AddHours(3))!.State.Delivered);
    }

    [Fact]
    public void What_overflowed_counts_nowhere()
    {
        foreach (var byDomain in new[] { false, true })
        {
            var ledger = With([24, 48], byDomain);
            Begin(ledger, "a.example", Start);
            ledger.Append(new TenantEvent
            {
                Kind = TenantEventKind.Delivered, At = Start, SentAt = Start, Attempts = 1, Recipient = "r@gmail.com",
                SendingDomain = "a.example", Overflowed = true,
            });
            var meters = Assert.Single(ledger.WarmUp.All);
            Assert.Equal((0L, 0L), (meters.MeterFor(null, Start)!.State.Sent, meters.MeterFor("Gmail", Start)!.State.Sent));
        }
    }

    [Fact]
    public void With_the_same_start_domains_go_on_with_other_caps_and_with_another_scope_or_start_all_begins_anew()
    {
        var ledger = With([24, 48]);
        Begin(ledger, "a.example", Start.AddHours(1));
        Sent(ledger, "a.example", Start.AddHours(1));
        Set(ledger, new TenantWarmUp { StartedAt = Start, ByDomain = true, DailyCaps = [240] }, Start.AddHours(1.1));
        Assert.Equal((0, 1L), At(ledger, "a.example", null, Start.AddHours(1.2)));
        Assert.Equal(240, ledger.WarmUp.Of("a.example")!.MeterFor(null, Start.AddHours(1.2))!.Plan.DailyCaps[0]);
        Set(ledger, new TenantWarmUp { StartedAt = Start, DailyCaps = [240] }, Start.AddHours(1.3));
        Assert.Equal(Start.AddHours(1.3), ledger.WarmUp.Since);
        Assert.Equal((null, 0L), (ledger.WarmUp.Domains, ledger.WarmUp.MeterFor(null, Start.AddHours(1.4))!.State.Sent));
        Set(ledger, new TenantWarmUp { StartedAt = Start, ByDomain = true, DailyCaps = [240] }, Start.AddHours(1.5));
        Assert.Empty(ledger.WarmUp.All);
        Assert.Equal(["*"], ledger.WarmUp.Domains!);
    }

    [Fact]
    public void A_domain_that_begins_while_a_finding_is_open_knows_of_it()
    {
        var ledger = With([24, 48]);
        var finding = new Finding
        {
            Type = FindingType.Bounce, Impact = FindingImpact.High, OpenedAt = Start, UpdatedAt = Start, Window = ReputationWindow.Day,
            Description = "text",
        };
        var standing = ledger.Standing with { OpenFindings = [finding] };
        ledger.Append(new TenantEvent { Kind = TenantEventKind.FindingOpened, At = Start, Standing = standing, Finding = finding });
        Begin(ledger, "a.example", Start);
        Assert.Equal(WarmUpFinding.High, ledger.WarmUp.Of("a.example")!.MeterFor(null, Start)!.State.Finding);
    }

    private static TenantLedger With(long[] caps, bool byDomain = true)
    {
        var ledger = TenantLedger.New(Start, null);
        var towardsGmail = new ProviderCaps("Gmail", caps);
        Set(ledger, new TenantWarmUp { StartedAt = Start, ByDomain = byDomain, DailyCaps = caps, ProviderCaps = [towardsGmail] }, Start);
        return ledger;
    }

    private static void Set(TenantLedger ledger, TenantWarmUp warmUp, DateTimeOffset at) =>
        ledger.Append(new TenantEvent { Kind = TenantEventKind.WarmUpChanged, At = at, WarmUp = warmUp });

    private static void Begin(TenantLedger ledger, string domain, DateTimeOffset at) =>
        ledger.Append(new TenantEvent { Kind = TenantEventKind.DomainWarmUpBegan, At = at, SendingDomain = domain });

    private static void Sent(TenantLedger ledger, string? domain, DateTimeOffset at, string recipient = "r@example.org") =>
        ledger.Append(new TenantEvent
        {
            Kind = TenantEventKind.Delivered, At = at, SentAt = at, Attempts = 1, Recipient = recipient, SendingDomain = domain,
        });

    private static (int Day, long Sent) At(TenantLedger ledger, string domain, string? provider, DateTimeOffset now)
    {
        var state = ledger.WarmUp.Of(domain)!.MeterFor(provider, now)!.State;
        return (state.Day, state.Sent);
    }
}
