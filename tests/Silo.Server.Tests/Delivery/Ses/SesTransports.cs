using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Messages;
using Silo.Core.Pacing;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Delivery.Ses;

namespace Silo.Server.Tests.Delivery.Ses;

internal static class SesTransports
{
    public static SesOptions Options(string endpoint) =>
        new() { Endpoint = endpoint, Region = "us-east-1", AccessKeyId = "AKIATEST", SecretAccessKey = "secret" };

    public static SesTransport Transport(
        string endpoint, Action<SesOptions>? with = null, TimeProvider? time = null, ILogger<SesTransport>? logger = null,
        AccountLimits? limits = null)
    {
        var options = Options(endpoint);
        with?.Invoke(options);
        return new SesTransport(
            options, limits ?? new AccountLimits(BudgetLimits.None), time ?? TimeProvider.System, () => 0.5,
            logger ?? NullLogger<SesTransport>.Instance);
    }

    /// <summary>A hand-over of so many bytes.</summary>
    public static HandOver Large(int bytes, SendingGate? gate = null)
    {
        var small = HandOvers.To("r@example.com", gate);
        var content = new byte[bytes];
        Array.Fill(content, (byte)'x');
        return new HandOver(gate ?? HandOvers.OpenGate(), small.Envelope with { SizeBytes = bytes }, "r@example.com", content, 1, TimeProvider.System);
    }

    public static Func<Envelope, Envelope> Tenant(string name) => e => e with { TenantName = name };
}
