using System.Text;
using System.Text.Json.Nodes;
using Silo.Core.QueueControl;
using Silo.Core.Tenants;
using Xunit;

namespace Silo.Core.Tests.QueueControl;

public sealed class QueueFilterTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<QueueFilter> Narrow =>
    [
        new QueueFilter { MessageId = "m-1" },
        new QueueFilter { RecipientDomain = "gmail.com", RecipientDigest = RecipientDigest.Of("a@gmail.com", new byte[RecipientDigest.SaltBytes]) },
        new QueueFilter { TagName = "campaign", TagValue = "spring", MessageId = "m-1" },
    ];

    [Theory]
    [MemberData(nameof(Narrow))]
    public void A_narrow_filter_is_stored_with_a_tag_that_no_message_has(QueueFilter filter)
    {
        var stored = Store(filter);
        // What the release before reads of it.
        Assert.Contains(' ', (string)stored["Order"]!["Filter"]!["TagName"]!);
        Assert.Equal(filter, Read(stored));
    }

    [Theory]
    [MemberData(nameof(Narrow))]
    public void A_filter_that_the_release_before_has_written_anew_still_finds_nothing(QueueFilter filter)
    {
        var stored = Store(filter);
        stored["Order"]!["Filter"]!.AsObject().Remove("MessageId");
        stored["Order"]!["Filter"]!.AsObject().Remove("RecipientDigest");
        var read = Read(stored);
        Assert.Contains(' ', read.TagName!);
        Assert.Equal(read, Read(Store(read)));
    }

    [Fact]
    public void Another_filter_is_stored_with_its_tag()
    {
        var filter = new QueueFilter { TagName = "campaign", TagValue = "spring" };
        var stored = Store(filter);
        Assert.Equal("campaign", (string?)stored["Order"]!["Filter"]!["TagName"]);
        Assert.Equal(filter, Read(stored));
        Assert.Null(Store(new QueueFilter { Pool = "p" })["Order"]!["Filter"]!["TagName"]);
    }

    private static JsonNode Store(QueueFilter filter)
    {
        var e = new TenantEvent { Sequence = 1, At = At, Kind = TenantEventKind.QueueOrdered, Order = new QueueOrder("o", QueueAction.Cancel, filter, At, "Test.") };
        return JsonNode.Parse(e.ToPayload())!;
    }

    private static QueueFilter Read(JsonNode stored) => TenantEvent.FromPayload(
        1, At, (int)TenantEventKind.QueueOrdered, Encoding.UTF8.GetBytes(stored.ToJsonString())).Order!.Filter;
}
