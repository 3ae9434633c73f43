using Silo.Core.Contacts;
using Xunit;

namespace Silo.Core.Tests.Contacts;

public sealed class SubscriptionsTests
{
    private const SubscriptionStatus In = SubscriptionStatus.OptIn;
    private const SubscriptionStatus Out = SubscriptionStatus.OptOut;

    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private static readonly ContactList List = new()
    {
        Id = "1", Name = "main", CreatedAt = Noon, UpdatedAt = Noon, Topics = [new("news", "News", In, null), new("offers", "Offers", Out, null)],
    };

    [Theory]
    // What somebody said goes before the topic's default, and leaving the list before both.
    [InlineData(null, false, "news", In)]
    [InlineData(null, false, "offers", Out)]
    [InlineData("news=OptOut", false, "news", Out)]
    [InlineData("offers=OptIn", false, "offers", In)]
    [InlineData("offers=OptIn", true, "offers", Out)]
    [InlineData("news=OptOut", false, null, In)]
    [InlineData("news=OptIn", true, null, Out)]
    public void Who_has_left_wants_nothing_and_who_said_nothing_has_the_default(string? said, bool left, string? topic, SubscriptionStatus expected) =>
        Assert.Equal(expected, Subscriptions.StatusOf(List, Contact(said, left), topic));

    [Fact]
    public void Somebody_who_is_not_on_the_list_has_the_default()
    {
        Assert.Equal(In, Subscriptions.StatusOf(List, null, "news"));
        Assert.Equal(Out, Subscriptions.StatusOf(List, null, "offers"));
        Assert.Equal(In, Subscriptions.StatusOf(List, null, null));
    }

    [Theory]
    [InlineData(null, false, "news", false, In, false)]
    [InlineData(null, false, "news", true, In, true)]
    [InlineData(null, false, "offers", true, Out, true)]
    [InlineData("news=OptIn", true, "news", false, Out, true)]
    [InlineData("news=OptIn", true, "news", false, In, false)]
    [InlineData("news=OptIn", false, null, false, In, true)]
    [InlineData(null, true, "news", false, Out, true)]
    public void A_filter_takes_the_default_only_when_it_is_told_to(
        string? said, bool left, string? topic, bool useDefault, SubscriptionStatus wanted, bool matches) =>
        Assert.Equal(matches, Subscriptions.Matches(List, Contact(said, left), wanted, topic, useDefault));

    [Fact]
    public void What_is_told_of_a_contact_is_about_the_topics_that_the_list_has()
    {
        var contact = Subscriptions.Prefer(Contact("offers=OptIn", false), [new TopicPreference("gone", Out)], Noon);
        var state = Subscriptions.StateOf(List, contact);
        Assert.Equal([new TopicPreference("offers", In)], state.Topics);
        Assert.Equal([new TopicPreference("news", In)], state.Defaults);
        Assert.False(state.UnsubscribeAll);
    }

    [Fact]
    public void One_click_leaves_the_topic_that_the_mail_was_about_and_the_list_when_it_was_about_none()
    {
        var contact = Contact("offers=OptIn", false);
        var left = Subscriptions.Unsubscribe(contact, "news", Noon.AddHours(1));
        Assert.Equal([new TopicPreference("offers", In), new TopicPreference("news", Out)], left.Preferences);
        Assert.Equal((false, Noon.AddHours(1)), (left.UnsubscribeAll, left.UpdatedAt));
        Assert.True(Subscriptions.Unsubscribe(contact, null, Noon).UnsubscribeAll);
        Assert.Equal(Subscriptions.Unsubscribe(left, "news", Noon).Preferences, left.Preferences);
    }

    [Fact]
    public void A_change_is_one_when_something_else_is_wanted_and_survives_its_way_to_another_silo()
    {
        var before = Subscriptions.StateOf(List, Contact(null, false));
        var after = Subscriptions.StateOf(List, Contact("news=OptOut", false));
        Assert.Equal([new TopicPreference("offers", Out)], after.Defaults);
        var change = new SubscriptionChange("main", SubscriptionChange.Header, before, after);
        Assert.True(change.IsChange);
        Assert.False(new SubscriptionChange("main", SubscriptionChange.Header, after, after with { Topics = [.. after.Topics] }).IsChange);
        var told = SubscriptionChange.FromJson(change.ToJson())!;
        Assert.Equal(("main", true, Out), (told.ContactList, told.IsChange, told.New.Topics.Single().Status));
        Assert.Null(SubscriptionChange.FromJson(null));
    }

    private static Contact Contact(string? said, bool left) => new("a@example.net", Noon)
    {
        Preferences = said is null ? [] : [new(said.Split('=')[0], Enum.Parse<SubscriptionStatus>(said.Split('=')[1]))], UnsubscribeAll = left,
    };
}
