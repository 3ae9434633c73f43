using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Silo.Server.Access;
using Silo.Server.AdminApi;
using Silo.Server.CallLimits;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Sending;
using Silo.Server.SesApi.Operations.Tenants;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.CallLimits;

public sealed class CallLimiterTests : IDisposable
{
    private static readonly AccessKey Tenant = new("AKIATENANT0000000001", "x") { Kind = CredentialKind.Tenant, TenantName = "acme" };
    private static readonly AccessKey Operator = new("AKIAOPERATOR00000001", "x") { Kind = CredentialKind.Operator };
    private static readonly SesOperation Costly = SesOperation.Of("A", "GET", "/a", (_, _) => default) with { MostAtOnce = 3 };
    private static readonly SesOperation Rare = SesOperation.Of("B", "GET", "/b", (_, _) => default) with { MostAtOnce = 1 };

    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public void Dispose() => _meters.Dispose();

    [Fact]
    public void A_key_has_its_burst_of_each_kind_of_call_and_then_waits_as_long_as_the_next_one_takes()
    {
        using var limiter = Limiter(new()
        {
            TenantKeys = { Reads = { PerSecond = 0.01, Burst = 3 }, Changes = { PerSecond = 0.01, Burst = 1 } },
        });
        for (var i = 0; i < 3; i++) Assert.Null(Refusal(limiter, Tenant, GetTenant.Operation));
        var refusal = Refusal(limiter, Tenant, GetTenant.Operation)!;
        Assert.Equal(("TooManyRequestsException", 429, 100), (refusal.Code, refusal.Status, refusal.RetryAfterSeconds));

        Assert.Null(Refusal(limiter, Tenant, MessageOperations.Cancel));
        Assert.NotNull(Refusal(limiter, Tenant, MessageOperations.Cancel));
        Assert.Null(Refusal(limiter, Tenant with { Id = "AKIATENANT0000000002" }, GetTenant.Operation));
        Assert.Null(Refusal(limiter, Operator, GetTenant.Operation));
    }

    [Fact]
    public async Task Calls_come_back_with_time()
    {
        using var limiter = Limiter(new() { TenantKeys = { Reads = { PerSecond = 50, Burst = 1 } } });
        Assert.Null(Refusal(limiter, Tenant, GetTenant.Operation));
        await Patiently.Until(() => Refusal(limiter, Tenant, GetTenant.Operation) is null, "the next call may be made");
    }

    [Fact]
    public void Sends_are_not_counted_and_no_limit_is_none()
    {
        using var limiter = Limiter(new()
        {
            TenantKeys = { Reads = { PerSecond = 0.01, Burst = 1 }, Changes = { PerSecond = -1, Burst = 1 } },
        });
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(Refusal(limiter, Tenant, SendEmail.Operation));
            Assert.Null(Refusal(limiter, Tenant, SendBulkEmail.Operation));
            Assert.Null(Refusal(limiter, Tenant, MessageOperations.Cancel));
        }
    }

    [Fact]
    public void Costly_calls_are_few_at_a_time_of_an_operation_and_of_a_key()
    {
        using var limiter = Limiter(new() { CostlyAtOncePerKey = 2 });
        var held = new List<CallPass> { limiter.Take(Operator, Costly), limiter.Take(Operator, Costly) };
        Assert.All(held, p => Assert.Null(p.Refusal));
        var ofKey = Refusal(limiter, Operator, Costly)!;
        Assert.Equal((429, 1), (ofKey.Status, ofKey.RetryAfterSeconds));
        Assert.Equal("Too many calls of A, or costly ones of this key, are under way here.", ofKey.Message);

        // One more of the operation is left, and only for others.
        using (var third = limiter.Take(Tenant, Costly))
        {
            Assert.Null(third.Refusal);
            Assert.NotNull(Refusal(limiter, Operator with { Id = "AKIAOPERATOR00000002" }, Costly));
        }

        // What was refused has taken no place.
        held.ForEach(p => p.Dispose());
        Assert.Null(Refusal(limiter, Operator, Costly));
        using (limiter.Take(Operator, Rare)) Assert.NotNull(Refusal(limiter, Tenant, Rare));
        Assert.Null(Refusal(limiter, Tenant, Rare));
    }

    [Fact]
    public void Refusals_are_counted_by_kind_and_limit()
    {
        var counted = new List<string>();
        using var listener = new MeterListener();
        using var limiter = Limiter(new() { TenantKeys = { Reads = { PerSecond = 0.01, Burst = 1 } } });
        var ours = _meters.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "silo.api.refusals" && instrument.Meter.Scope == ours) l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, n, tags, _) => counted.Add(
            string.Create(CultureInfo.InvariantCulture, $"{n}: {string.Join(", ", tags.ToArray().Select(t => t.Value))}")));
        listener.Start();
        for (var i = 0; i < 2; i++) Refusal(limiter, Tenant, GetTenant.Operation);
        using (limiter.Take(Operator, Rare)) Refusal(limiter, Tenant, Rare);
        Assert.Equal(["1: read, rate", "1: costly, at_once"], counted);
    }

    [Fact]
    public void Operations_that_look_through_much_ask_others_or_render_are_costly_and_sends_are_paced_elsewhere()
    {
        var all = SesOperations.Available.Concat(AdminOperations.All).ToLookup(CallKinds.Of, o => o.Name);
        Assert.Equal(["SendBulkEmail", "SendEmail"], all[CallKind.Send].Order());
        Assert.Equal(
            [
                "CheckIdentity", "CreateExportJob", "CreateQueueOrder", "ExplainMessage", "GetDedicatedIpCulprits",
                "GetEmailAddressInsights", "GetIdentityRecords", "GetMessageInsights", "GetMessageTimeline", "GetTenantCompliance",
                "LookUpBlocklistSubject", "ReplayPolicy", "SearchMessages", "TestRenderEmailTemplate",
            ],
            all[CallKind.Costly].Order());
        Assert.Contains("CreateTenant", all[CallKind.Change]);
        Assert.Contains("GetTenant", all[CallKind.Read]);
    }

    private CallLimiter Limiter(CallLimitOptions options) => new(options, _meters.GetRequiredService<IMeterFactory>());

    private static SesError? Refusal(CallLimiter limiter, AccessKey key, SesOperation operation)
    {
        using var pass = limiter.Take(key, operation);
        return pass.Refusal;
    }
}
