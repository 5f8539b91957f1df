// A drawing for each type of resource, in the colour of the text around it.

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  "microsoft.resources/resourcegroups": "M3 7h6l2 2h10v10H3z",
  "microsoft.storage/storageaccounts": "M3 5h18v5H3zM3 14h18v5H3zM6.5 7.5h.01M6.5 16.5h.01",
  "microsoft.storage/storageaccounts/queueservices/queues": "M3 9h4v6H3zM10 9h4v6h-4zM17 9h4v6h-4zM12 5h8l-2-2M20 5l-2 2",
  "microsoft.storage/storageaccounts/blobservices/containers": "M4 7l8-4 8 4v10l-8 4-8-4zM4 7l8 4 8-4M12 11v10",
  "microsoft.storage/storageaccounts/tableservices/tables": "M3 5h18v14H3zM3 10h18M3 14.5h18M10 5v14",
  "microsoft.documentdb/databaseaccounts": "M12 6a6 6 0 1 0 0 12a6 6 0 1 0 0-12M2.5 15c4 3 15-1 19-6",
  "microsoft.documentdb/databaseaccounts/sqldatabases": "M5 6c0-4 14-4 14 0v12c0 4-14 4-14 0zM5 6c0 4 14 4 14 0M5 12c0 4 14 4 14 0",
  "microsoft.documentdb/databaseaccounts/sqldatabases/containers": "M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h7",
  "microsoft.keyvault/vaults": "M4 4h16v15H4zM7 19v2M17 19v2M12 9a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M12 9V7",
  "microsoft.keyvault/vaults/secrets": "M8 11a4 4 0 1 0 0 8a4 4 0 1 0 0-8M11 12l8-8M16 7l3 3",
  "microsoft.managedidentity/userassignedidentities": "M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4 21c0-8 16-8 16 0",
  "microsoft.web/serverfarms": "M4 4h16v6H4zM4 14h16v6H4zM8 7h6M8 17h6",
  "microsoft.web/sites": "M13 3L5 14h6l-1 7 9-12h-6z",
  "microsoft.web/sites/slots": "M12 3L5 12h5l-1 6 8-10h-5zM4 21h16",
  "microsoft.insights/components": "M4 20V4M4 20h16M8 16v-4M12 16V8M16 16v-6",
  "microsoft.operationalinsights/workspaces": "M4 5h16v14H4zM8 9h8M8 13h8M8 16h4",
  "microsoft.authorization/roleassignments": "M12 3l8 3v6c0 5-4 8-8 9c-4-1-8-4-8-9V6zM9 12l2 2 4-4",
  "microsoft.authorization/locks": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
};
const OTHER = "M12 3l8 4.5v9L12 21l-8-4.5v-9z";

export function icon(type) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of [["viewBox", "0 0 24 24"], ["class", "icon"], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[type.toLowerCase()] ?? OTHER);
  svg.append(path);
  return svg;
}
