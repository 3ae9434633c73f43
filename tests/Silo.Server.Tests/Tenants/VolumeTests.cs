using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Policies;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.Tenants;

public sealed class VolumeTests
{
    [Fact]
    public async Task An_hour_that_stands_out_is_found_when_it_is_accepted_and_as_a_replay_finds_it()
    {
        await using var engine = await EngineUnderTest.Start();
        var created = await engine.Create("a");
        var policy = new CustomPolicy
        {
            Name = "own", Revision = 1,
            Findings = [new FindingPolicy { Type = FindingType.Volume, VolumeFloor = 20, OnHigh = PolicyAction.Pause }],
        };
        const string Arn = "arn:aws:ses:us-east-1:000000000000:reputation-policy/own";
        var now = engine.Time.GetUtcNow();
        await engine.Store.Resources.Create(
            new NewResource(ResourceKind.ReputationPolicy, "own", Arn, new PolicyDocument(policy, now, true).ToBytes(), now, [], 10), default);
        await engine.Tenants.Get("a").SetPolicy(new SetPolicy(ReputationPolicy.Standard) { CustomName = "own" }, default);

        // Nothing of it leaves, so no outcome has anybody look.
        for (var day = 1; day <= 10; day++) Assert.Null(await Accept(now.AddDays(day), 4));
        Assert.Null(await Accept(now.AddDays(11), 15));
        Assert.Empty((await Standing()).OpenFindings);
        Assert.Null(await Accept(now.AddDays(11).AddSeconds(1), 45));
        var standing = await Standing();
        Assert.Equal((FindingType.Volume, FindingImpact.High), (standing.OpenFindings[0].Type, standing.OpenFindings[0].Impact));
        Assert.Equal(now.AddDays(11).AddSeconds(1), standing.OpenFindings[0].OpenedAt);
        Assert.Equal(AdmissionResult.Disabled, (await Accept(now.AddDays(11).AddSeconds(2), 1))!.Result);

        var (ledger, events) = await engine.Replay(await engine.KeyOf("a"), created.CreatedAt);
        Assert.Equal(standing.Customer, ledger.Standing.Customer);
        var replay = new PolicyReplay(
            ReputationPolicy.Standard, policy, new ReputationThresholds(), now.AddDays(11), now.AddDays(12));
        foreach (var e in events) replay.Apply(1, e);
        var replayed = Assert.Single(replay.Result());
        Assert.Equal(ReplayedAction.Pause, Assert.Single(replayed.Would).Action);
        Assert.Equal(replayed.Did, replayed.Would);

        async Task<TenantStanding> Standing() => (await engine.Tenants.Get("a").Describe(default))!.Standing;

        async Task<AdmissionRefusal?> Accept(DateTimeOffset at, int recipients)
        {
            SuppressedRecipient[] listed =
                [.. Enumerable.Range(0, recipients).Select(i => new SuppressedRecipient($"r{i}@example.org", BounceSubType.OnAccountSuppressionList))];
            var envelope = new Envelope
            {
                MessageId = "m" + at.UtcTicks, TenantName = "a", Sender = "s@example.com", FromAddress = "s@example.com", IdentityArn = "arn",
                Destination = [.. listed.Select(l => l.Address)], AcceptedAt = at, SizeBytes = 64,
            };
            var message = new AdmitMessage(new SendScope([]), envelope, new byte[64], [], listed);
            return (await engine.Tenants.Get("a").Admit(message, default)).Refusal;
        }
    }
}
