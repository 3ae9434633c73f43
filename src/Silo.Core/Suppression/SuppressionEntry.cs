namespace Silo.Core.Suppression;

/// <summary>An address on a suppression list. It stays there until somebody takes it off.</summary>
/// <param name="Address">As it was given, with its case: calls about the list compare exactly, sends do not.</param>
/// <param name="UpdatedAt">When it was put there last.</param>
public sealed record SuppressionEntry(string Address, SuppressionReason Reason, DateTimeOffset UpdatedAt)
{
    /// <summary>The message whose bounce or complaint put it there; null for one that somebody put there.</summary>
    public string? MessageId { get; init; }

    /// <summary>How addresses are compared when mail is sent.</summary>
    public static string Fold(string address) => address.ToLowerInvariant();
}

/// <param name="OfTenant">It goes on the list of the tenant whose write this is, else on that of the account.</param>
public sealed record NewSuppression(bool OfTenant, SuppressionEntry Entry);

/// <summary>What a list holds of a recipient.</summary>
/// <param name="Address">As the list has it.</param>
/// <param name="OfTenant">The tenant's list, else that of the account.</param>
public sealed record ListedAddress(string Address, bool OfTenant, SuppressionReason Reason);
