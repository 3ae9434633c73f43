using Silo.Core.Contacts;

namespace Silo.Storage.Listing;

/// <summary>A contact as both engines read it.</summary>
internal sealed class ContactRow
{
    public string Address { get; set; } = "";

    public string Topics { get; set; } = "";

    public bool LeftAll { get; set; }

    public string? Attributes { get; set; }

    public long CreatedAt { get; set; }

    public long UpdatedAt { get; set; }

    public long Version { get; set; }

    public Contact ToContact() => new(Address, new DateTimeOffset(CreatedAt, TimeSpan.Zero))
    {
        Preferences =
        [
            .. Topics.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(t => new TopicPreference(t[1..], t[0] == '+' ? SubscriptionStatus.OptIn : SubscriptionStatus.OptOut)),
        ],
        UnsubscribeAll = LeftAll, AttributesData = Attributes, UpdatedAt = new DateTimeOffset(UpdatedAt, TimeSpan.Zero), Version = Version,
    };

    public static string TopicsOf(Contact contact) =>
        string.Join(' ', contact.Preferences.Select(p => (p.Status == SubscriptionStatus.OptIn ? "+" : "-") + p.TopicName));
}

/// <summary>An opt-out as both engines read it.</summary>
internal sealed class OptOutRow
{
    public string Address { get; set; } = "";

    public long At { get; set; }

    public string? MessageId { get; set; }

    public OptOut ToOptOut() => new(Address, new DateTimeOffset(At, TimeSpan.Zero), MessageId);
}
