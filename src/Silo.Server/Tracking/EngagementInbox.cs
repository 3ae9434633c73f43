using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Silo.Core.Tenants;
using Silo.Core.Tracking;
using Silo.Server.Delivery;
using Silo.Server.Feedback;
using Silo.Server.Tenants;

namespace Silo.Server.Tracking;

/// <summary>
/// Takes opens and clicks to their tenants, in batches and without anybody waiting: whoever looks at a mail has the answer before. Each
/// counts, as by SES, but not the same within some seconds, and not more of one message or tenant than people can make: links can be
/// fetched by anybody who has them. An inbox of its own, so that a flood of them holds up no bounce.
/// </summary>
internal sealed class EngagementInbox(ITenants tenants, TimeProvider time, ILogger<FeedbackInbox> logger) : IHostedService, IAsyncDisposable
{
    /// <summary>The same image or link from the same address within this time is one look.</summary>
    public static readonly TimeSpan Same = TimeSpan.FromSeconds(5);

    public const int MostOfMessageAMinute = 500;
    public const int MostOfTenantAMinute = 60_000;

    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    private readonly FeedbackInbox _inbox = new(tenants, time, logger);
    private readonly Recently _same = new(Same, 1, 100_000);
    private readonly Recently _ofMessage = new(TimeSpan.FromMinutes(1), MostOfMessageAMinute, 100_000);
    private readonly Recently _ofTenant = new(TimeSpan.FromMinutes(1), MostOfTenantAMinute, 100_000);
    private long _passedBy;

    /// <summary>Opens and clicks that did not count.</summary>
    public long PassedBy => Interlocked.Read(ref _passedBy);

    /// <param name="link">Null for an open.</param>
    public void Take(TrackedMessage message, TrackedLink? link, string? ipAddress, string? userAgent)
    {
        var now = time.GetUtcNow();
        // From the narrowest on: one that does not count takes nothing from those of other messages.
        if (now - message.AcceptedAt >= FeedbackMemory.MaxAge
            || !_same.Allows(KeyOf($"{message.MessageId}\n{link?.Target}\n{ipAddress}"), now)
            || !_ofMessage.Allows(KeyOf(message.MessageId), now) || !_ofTenant.Allows(KeyOf(message.TenantName), now))
        {
            Interlocked.Increment(ref _passedBy);
            return;
        }

        _inbox.Report(new DeliveryFeedback(
            message.TenantName, message.MessageId, "", message.AcceptedAt, link is null ? FeedbackKind.Opened : FeedbackKind.Clicked)
        {
            Engagement = new Engagement
            {
                IpAddress = ipAddress, UserAgent = Shorten(userAgent), Link = link?.Target,
                LinkTags = link?.Tags is { Count: > 0 } tags ? tags : null,
            },
        });
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _inbox.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => _inbox.Drain(DrainTime);

    public ValueTask DisposeAsync() => _inbox.DisposeAsync();

    private static string? Shorten(string? userAgent) => userAgent is not { Length: > 0 } ? null
        : userAgent.Length <= Engagement.MaxUserAgent ? userAgent : userAgent[..Engagement.MaxUserAgent];

    private static UInt128 KeyOf(string text) => BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
