FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/Silo.Server -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN mkdir /data && chown $APP_UID /data
USER $APP_UID
WORKDIR /app
COPY --from=build /app .
ENV Silo__DataDirectory=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s CMD ["dotnet", "Silo.Server.dll", "healthcheck"]
ENTRYPOINT ["dotnet", "Silo.Server.dll"]
