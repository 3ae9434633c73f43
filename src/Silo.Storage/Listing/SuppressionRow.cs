using Silo.Core.Suppression;

namespace Silo.Storage.Listing;

/// <summary>An entry of a suppression list as both engines read it.</summary>
internal sealed class SuppressionRow
{
    public string Address { get; set; } = "";

    public int Reason { get; set; }

    public long UpdatedAt { get; set; }

    public string? MessageId { get; set; }

    public SuppressionEntry ToEntry() =>
        new(Address, (SuppressionReason)Reason, new DateTimeOffset(UpdatedAt, TimeSpan.Zero)) { MessageId = MessageId };
}
