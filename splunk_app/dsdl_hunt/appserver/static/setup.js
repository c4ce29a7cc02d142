// The setup page: dsdl_hunt.conf by REST, the token into storage/passwords. It never shows a token.
require(["splunkjs/mvc", "splunkjs/mvc/simplexml/ready!"], function (mvc) {
  "use strict";
  var APP = "dsdl_hunt";
  var USER = "api_token";
  var inApp = { owner: "nobody", app: APP, sharing: "app" };
  var service = mvc.createService(inApp);
  var settings = { url: "hunt-url", ca_path: "hunt-ca", timeout: "hunt-timeout" };

  function field(id) {
    return document.getElementById(id);
  }

  function say(text) {
    field("hunt-said").textContent = text;
  }

  function request(method, path, values) {
    return new Promise(function (resolve, reject) {
      service.request(path, method, method === "GET" ? values : null, null,
        method === "POST" ? new URLSearchParams(values).toString() : null,
        { "Content-Type": "application/x-www-form-urlencoded" },
        function (error, response) {
          if (error) {
            reject(error);
          } else {
            resolve(response);
          }
        });
    });
  }

  function load() {
    return request("GET", "configs/conf-" + APP + "/container", { output_mode: "json" })
      .then(function (response) {
        var content = response.data.entry[0].content;
        Object.keys(settings).forEach(function (name) {
          field(settings[name]).value = content[name] || "";
        });
      });
  }

  function saveSettings() {
    var values = {};
    Object.keys(settings).forEach(function (name) {
      values[name] = field(settings[name]).value.trim();
    });
    return request("POST", "configs/conf-" + APP + "/container", values);
  }

  function saveToken() {
    var token = field("hunt-token").value;
    if (!token) {
      return Promise.resolve();
    }
    return request("POST", "storage/passwords/" + APP + ":" + USER + ":", { password: token })
      .catch(function (error) {
        if (error.status !== 404) {
          throw error;
        }
        return request("POST", "storage/passwords", { realm: APP, name: USER, password: token });
      });
  }

  function configured() {
    return request("POST", "apps/local/" + APP, { configured: "true" });
  }

  function told(error) {
    var messages = (error && error.data && error.data.messages) || [];
    say("Not saved: " + (messages.length ? messages[0].text : "HTTP " + (error && error.status)));
  }

  field("hunt-setup").addEventListener("submit", function (event) {
    event.preventDefault();
    if (!/^https?:\/\/[^/]+/.test(field("hunt-url").value.trim())) {
      say("Write the URL as https://host:port");
      return;
    }
    saveSettings().then(saveToken).then(configured).then(function () {
      field("hunt-token").value = "";
      say("Saved. Try it: | huntmodels");
    }).catch(told);
  });

  load().catch(told);
});
