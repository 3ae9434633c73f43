using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Server.Intake;
using Silo.Server.Intake.ContentCheck;
using Silo.Server.Tests.Delivery;
using Silo.Server.Trust;
using Xunit;

namespace Silo.Server.Tests.Intake.ContentCheck;

/// <summary>Intake before an engine, with a checker, and tenants that may send from example.com.</summary>
internal static class CheckedIntake
{
    private static readonly Arns Names = new("us-east-1", "000000000000");

    public static ContentChecker Checker(ContentCheckOptions options, TimeProvider time, Func<double>? chance = null) => new(
        options, chance ?? (() => 0), time, new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>(),
        NullLogger<ContentChecker>.Instance);

    public static MessageIntake Of(EngineUnderTest engine, ContentChecker? checker, TrustCoverage? coverage = null) => new(
        engine.Store, engine.Tenants, new AccountResources(engine.Store.Resources, Names, engine.Time), Names, RandomNumberGenerator.Create(),
        engine.Time)
    {
        Content = checker, Coverage = coverage,
    };

    public static async Task Allow(EngineUnderTest engine, params string[] tenants)
    {
        var resources = new AccountResources(engine.Store.Resources, Names, engine.Time);
        await resources.Create(
            new EmailIdentity
            {
                Name = "example.com", CreatedAt = engine.Time.GetUtcNow(), VerificationStatus = "SUCCESS",
                Dkim = new DkimSettings { SigningEnabled = false, Status = "NOT_STARTED", Origin = "AWS_SES" },
            }, [], default);
        await resources.Create(new ConfigurationSet { Name = "plain", CreatedAt = engine.Time.GetUtcNow() }, [], default);
        foreach (var tenant in tenants)
        {
            await engine.Create(tenant);
            await engine.Tenants.Get(tenant).Associate(Names.ConfigurationSet("plain"), default);
            await engine.Tenants.Get(tenant).Associate(Names.Identity("example.com"), default);
        }
    }

    public static async Task<SendReply> Send(MessageIntake intake, string tenant, string text, params string[] recipients) => await intake.Send(
        new SendRequest
        {
            TenantName = tenant, From = "s@example.com", To = recipients, ConfigurationSetName = "plain",
            Content = new SimpleContent(new SendText("s", null), new SendText(text, null), null, [], []),
        }, default);

    public static async Task<string> Accepted(MessageIntake intake, string tenant, string text, params string[] recipients)
    {
        var reply = await Send(intake, tenant, text, recipients);
        Assert.True(reply.Refusal == SendRefusal.None, reply.Message);
        return reply.MessageId!;
    }

    public static async Task<(TenantLedger Ledger, List<TenantEvent> Events)> Replay(EngineUnderTest engine, string tenant) =>
        await engine.Replay(await engine.KeyOf(tenant), (await engine.Tenants.Get(tenant).Describe(default))!.CreatedAt);
}
