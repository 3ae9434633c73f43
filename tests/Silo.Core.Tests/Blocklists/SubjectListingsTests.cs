using Silo.Core.Blocklists;
using Xunit;

namespace Silo.Core.Tests.Blocklists;

public sealed class SubjectListingsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly BlocklistAnswer Listed = new(BlocklistAnswerKind.Listed, "127.0.0.2");
    private static readonly BlocklistAnswer Failed = BlocklistAnswer.Error("It does not answer");

    [Fact]
    public void A_listing_opens_once_keeps_its_beginning_and_closes_with_the_list_saying_so()
    {
        var (first, opened) = Empty().Apply("bl", Listed, Noon);
        Assert.Equal(ListingStep.Opened, opened);
        var (again, none) = first.Apply("bl", Listed with { Codes = "127.0.0.4" }, Noon.AddHours(1));
        Assert.Equal((ListingStep.None, Noon, "127.0.0.4"), (none, again.Find("bl")!.ListedAt, again.Find("bl")!.Codes));
        var (over, closed) = again.Apply("bl", BlocklistAnswer.NotListed, Noon.AddHours(2));
        Assert.Equal((ListingStep.Closed, false), (closed, over.IsListed));
        Assert.Equal([new PastListing("bl", Noon, Noon.AddHours(2), "127.0.0.4")], over.Past);
    }

    [Fact]
    public void A_list_in_error_neither_opens_nor_closes_anything()
    {
        var (unknown, step) = Empty().Apply("bl", Failed, Noon);
        Assert.Equal((ListingStep.None, false, null), (step, unknown.IsListed, unknown.Find("bl")!.AnsweredAt));
        var (listed, _) = unknown.Apply("bl", Listed, Noon.AddHours(1));
        Assert.Null(listed.Find("bl")!.Problem);
        var (still, none) = listed.Apply("bl", Failed, Noon.AddHours(2));
        var zone = still.Find("bl")!;
        Assert.Equal((ListingStep.None, true, Noon.AddHours(1), "It does not answer"), (none, zone.IsListed, zone.AnsweredAt, zone.Problem));
        Assert.Empty(still.Past);
    }

    [Fact]
    public void The_owner_is_told_once_and_again_each_day_and_whoever_was_told_hears_of_the_end()
    {
        var zone = Empty().Apply("bl", Listed, Noon).Next.Find("bl")!;
        Assert.Null(zone.ToTell(null, Noon));
        Assert.Equal("acme", zone.ToTell("acme", Noon));
        zone = zone with { ToldTo = "acme", ToldAt = Noon };
        Assert.Null(zone.ToTell("acme", Noon.AddHours(19)));
        Assert.Equal("acme", zone.ToTell("acme", Noon.AddHours(20)));
        Assert.Null((zone with { Problem = "gone" }).ToTell("acme", Noon.AddHours(20)));
        Assert.Null(zone.ToTakeBack("acme"));
        Assert.Equal("acme", (zone with { ListedAt = null }).ToTakeBack("acme"));
        Assert.Equal(("acme", "other"), (zone.ToTakeBack("other"), zone.ToTell("other", Noon)));
        Assert.Equal("acme", zone.ToTakeBack(null));
    }

    [Fact]
    public void A_list_that_is_not_asked_any_more_ends_its_listings_and_leaves_what_has_to_be_told()
    {
        var listed = Empty().Apply("bl", Listed, Noon).Next;
        Assert.Empty(listed.Keep([], Noon.AddHours(1)).Zones);
        var told = listed.With(listed.Find("bl")! with { ToldTo = "acme", ToldAt = Noon }).Keep([], Noon.AddHours(1));
        Assert.Equal("acme", told.Find("bl")!.ToTakeBack("acme"));
        Assert.Single(told.Past);
        Assert.Same(told, told.Keep(["bl"], Noon.AddHours(2)));
    }

    [Fact]
    public void What_is_over_is_remembered_up_to_a_limit()
    {
        var subject = Empty();
        for (var i = 0; i < SubjectListings.MaxPast + 5; i++)
            subject = subject.Apply("bl", Listed, Noon.AddHours(2 * i)).Next.Apply("bl", BlocklistAnswer.NotListed, Noon.AddHours((2 * i) + 1)).Next;
        Assert.Equal(SubjectListings.MaxPast, subject.Past.Count);
        Assert.Equal(Noon.AddHours(10), subject.Past[0].ListedAt);
    }

    private static SubjectListings Empty() => new() { Subject = "192.0.2.1" };
}
