namespace Silo.Server.SesApi.Operations.Identities;

internal static class PutEmailIdentityFeedbackAttributes
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutEmailIdentityFeedbackAttributes", "PUT", GetEmailIdentity.Path + "/feedback",
        SesJson.Default.PutEmailIdentityFeedbackAttributesRequest,
        // The model's default of an absent member is false.
        (call, request, cancellationToken) => IdentityChange.Apply(
            call, i => i with { FeedbackForwarding = request.EmailForwardingEnabled ?? false }, cancellationToken));
}

internal sealed record PutEmailIdentityFeedbackAttributesRequest(bool? EmailForwardingEnabled);
