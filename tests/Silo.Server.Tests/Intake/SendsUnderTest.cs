using System.Security.Cryptography;
using Silo.Server.Accounts;
using Silo.Server.Intake;
using Silo.Server.Intake.Repeats;
using Silo.Server.Tests.Delivery;
using Silo.Storage;
using Silo.Testing;

namespace Silo.Server.Tests.Intake;

/// <summary>An engine with a tenant "a" and an intake in front, as many as a test wants: each like that of another silo.</summary>
internal sealed class SendsUnderTest : IAsyncDisposable
{
    private static readonly Arns Names = new("us-east-1", "000000000000");

    private SendsUnderTest(EngineUnderTest engine) => Engine = engine;

    public EngineUnderTest Engine { get; }

    public static async Task<SendsUnderTest> Start(Action<EngineUnderTest>? configure = null)
    {
        // The store goes by the system's clock, and forgets keys by it.
        var now = TimeProvider.System.GetUtcNow();
        var engine = await EngineUnderTest.Start(configure, new HostileTimeProvider(now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond))));
        var resources = new AccountResources(engine.Store.Resources, Names, engine.Time);
        await resources.Create(
            new EmailIdentity
            {
                Name = "example.com", CreatedAt = engine.Time.GetUtcNow(), VerificationStatus = "SUCCESS",
                Dkim = new DkimSettings { SigningEnabled = false, Status = "NOT_STARTED", Origin = "AWS_SES" },
            }, [], default);
        await resources.Create(new ConfigurationSet { Name = "cs", CreatedAt = engine.Time.GetUtcNow() }, [], default);
        await engine.Create("a");
        await engine.Tenants.Get("a").Associate(Names.ConfigurationSet("cs"), default);
        await engine.Tenants.Get("a").Associate(Names.Identity("example.com"), default);
        return new SendsUnderTest(engine);
    }

    public static CallKey Key(uint number, bool lookFirst = true, uint content = 1) =>
        new(new SendKey(number, content), lookFirst) { Name = $"key-{number}" };

    public static SendRequest Request(CallKey? key = null, DateTimeOffset? scheduledFor = null, params string[] to) => new()
    {
        TenantName = "a", ConfigurationSetName = "cs", From = "s@example.com", To = to.Length == 0 ? ["r@example.org"] : to,
        Content = new SimpleContent(new SendText("s", null), new SendText("t", null), null, [], []), Key = key, ScheduledFor = scheduledFor,
    };

    /// <summary>By an intake that knows nothing of the others.</summary>
    public ValueTask<SendReply> Send(SendRequest request, TimeSpan? maxAhead = null)
    {
        var intake = new MessageIntake(
            Engine.Store, Engine.Tenants, new AccountResources(Engine.Store.Resources, Names, Engine.Time), Names,
            RandomNumberGenerator.Create(), Engine.Time, Engine.Destinations)
        {
            MaxScheduleAhead = maxAhead ?? TimeSpan.FromDays(7),
        };
        return intake.Send(request, default);
    }

    public ValueTask<SendReply> Send(CallKey key) => Send(Request(key));

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}
