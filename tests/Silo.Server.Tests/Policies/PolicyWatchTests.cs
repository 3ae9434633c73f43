using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Suspension;
using Silo.Server.Accounts;
using Silo.Server.Policies;
using Silo.Server.Tests.Delivery;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.Policies;

public sealed class PolicyWatchTests
{
    [Fact]
    public async Task A_policy_that_this_release_cannot_read_neither_ends_the_watch_nor_keeps_others_from_being_told()
    {
        await using var engine = await EngineUnderTest.Start();
        var now = engine.Time.GetUtcNow();
        var unread = Encoding.UTF8.GetBytes(
            """{"Policy":{"Name":"a","Revision":2,"Findings":[{"Type":"Weather"}]},"ChangedAt":"2026-03-02T10:00:00Z","IsSpread":false}""");
        await Store("a", unread);
        await Store("b", new PolicyDocument(new CustomPolicy { Name = "b", Revision = 2 }, now, IsSpread: false).ToBytes());
        var policies = new PolicyResources(
            engine.Store.Resources, engine.Tenants, new Arns("us-east-1", "000000000000"), engine.Time, NullLogger<PolicyResources>.Instance);
        using var watch = new PolicyWatch(policies, engine.Time, NullLogger<PolicyWatch>.Instance);
        await watch.StartAsync(default);
        await engine.Until(
            async () => watch.ExecuteTask!.IsCompleted || await IsSpread("b"),
            "the other one is spread", TimeSpan.FromSeconds(1));
        Assert.False(watch.ExecuteTask!.IsCompleted, watch.ExecuteTask.Exception?.ToString());
        await watch.StopAsync(default);

        async Task Store(string name, byte[] document) => Assert.Equal(
            ResourceCreation.Created,
            await engine.Store.Resources.Create(
                new NewResource(ResourceKind.ReputationPolicy, name, "arn:" + name, document, now, [], 10), default));

        async Task<bool> IsSpread(string name) =>
            PolicyDocument.Read((await engine.Store.Resources.Get(ResourceKind.ReputationPolicy, name, default))!.Document).IsSpread;
    }
}
