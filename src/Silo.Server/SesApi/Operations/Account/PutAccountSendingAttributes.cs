using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.Account;

internal static class PutAccountSendingAttributes
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutAccountSendingAttributes", "PUT", "/v2/email/account/sending", SesJson.Default.PutAccountSendingAttributesRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, PutAccountSendingAttributesRequest request, CancellationToken cancellationToken)
    {
        // The model's default of an absent member is false.
        var enabled = request.SendingEnabled ?? false;
        var change = await call.Services.Account.ChangeSettings(settings => settings with { SendingEnabled = enabled }, cancellationToken);
        return change == ResourceChange.Done ? SesAnswer.Empty : SesError.ConcurrentModification("The account");
    }
}

internal sealed record PutAccountSendingAttributesRequest(bool? SendingEnabled);
