namespace Silo.Server.SesApi;

internal static partial class SesOperations
{
    /// <summary>Known ones that are answered by name, with UnknownOperationException, until they are built.</summary>
    public static IReadOnlyList<SesOperation> NotAvailable { get; } = [];
}
